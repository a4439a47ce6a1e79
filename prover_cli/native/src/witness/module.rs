//! The sections of a WebAssembly module, borrowed, as far as circom's compiler writes them.
//!
//! Everything has been validated (wasmparser's validator, for WebAssembly 1.0), so what is read afterwards is well-typed and
//! every index is in range.

use super::Unsuited;
use std::collections::HashMap;
use wasmparser::{
    DataKind, ElementItems, ElementKind, ExternalKind, FuncType, FunctionBody, Operator, Parser,
    Payload, TypeRef, Validator, WasmFeatures,
};

/// Parameters and results of a function: how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    pub parameters: u32,
    pub results: u32,
}

pub struct Module<'a> {
    /// Names of the imported functions.
    pub imports: Vec<&'a str>,
    /// The signature of each function, imported ones first.
    pub signatures: Vec<Signature>,
    types: Vec<FuncType>,
    /// The type of each function, as `kind` numbers it.
    pub kinds: Vec<u32>,
    /// The body of each function that is not imported.
    pub bodies: Vec<FunctionBody<'a>>,
    pub exports: HashMap<&'a str, u32>,
    /// Functions that are called through the table.
    pub table: Vec<Option<u32>>,
    pub data: Vec<(u32, &'a [u8])>,
    /// Initial size of the memory, in pages of 64 KiB.
    pub pages: u32,
}

/// The most entries of a table: circom's has one for each template.
const MOST_ENTRIES: u64 = 1 << 20;

fn unreadable(error: wasmparser::BinaryReaderError) -> Unsuited {
    Unsuited::Module(format!("it is not valid WebAssembly at byte {}", error.offset()))
}

fn other(what: &str) -> Unsuited {
    Unsuited::Module(format!("it has {what}, which circom does not write"))
}

impl<'a> Module<'a> {
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Unsuited> {
        Validator::new_with_features(WasmFeatures::WASM1).validate_all(bytes).map_err(unreadable)?;
        let mut module = Self {
            imports: Vec::new(),
            signatures: Vec::new(),
            types: Vec::new(),
            kinds: Vec::new(),
            bodies: Vec::new(),
            exports: HashMap::new(),
            table: Vec::new(),
            data: Vec::new(),
            pages: 0,
        };
        for payload in Parser::new(0).parse_all(bytes) {
            module.take(payload.map_err(unreadable)?).map_err(|fault| match fault {
                Fault::Unreadable(error) => unreadable(error),
                Fault::Other(what) => other(what),
            })?;
        }
        Ok(module)
    }

    fn take(&mut self, payload: Payload<'a>) -> Result<(), Fault> {
        match payload {
            Payload::TypeSection(section) => {
                for kind in section.into_iter_err_on_gc_types() {
                    let kind = kind?;
                    self.types.push(kind);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    let TypeRef::Func(kind) = import.ty else {
                        return Err(Fault::Other("an imported memory or table"));
                    };
                    self.imports.push(import.name);
                    self.take_function(kind);
                }
            }
            Payload::FunctionSection(section) => {
                for kind in section {
                    self.take_function(kind?);
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    let size = table?.ty.initial;
                    if size > MOST_ENTRIES {
                        return Err(Fault::Other("a table of more than a million functions"));
                    }
                    self.table.resize(size as usize, None);
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    self.pages = u32::try_from(memory?.initial)
                        .map_err(|_| Fault::Other("a memory of 64 bits"))?;
                }
            }
            Payload::GlobalSection(section) if section.count() > 0 => {
                return Err(Fault::Other("global variables"));
            }
            Payload::StartSection { .. } => return Err(Fault::Other("a start function")),
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        self.exports.insert(export.name, export.index);
                    }
                }
            }
            Payload::ElementSection(section) => {
                for element in section {
                    let element = element?;
                    let (ElementKind::Active { offset_expr, .. }, ElementItems::Functions(functions)) =
                        (element.kind, element.items)
                    else {
                        return Err(Fault::Other("elements of another kind"));
                    };
                    let from = constant(&offset_expr)?;
                    for (place, function) in functions.into_iter().enumerate() {
                        let entry =
                            (from as usize).checked_add(place).and_then(|at| self.table.get_mut(at));
                        *entry.ok_or(Fault::Other("elements past the end of the table"))? =
                            Some(function?);
                    }
                }
            }
            Payload::DataSection(section) => {
                for data in section {
                    let data = data?;
                    let DataKind::Active { offset_expr, .. } = data.kind else {
                        return Err(Fault::Other("passive data"));
                    };
                    self.data.push((constant(&offset_expr)?, data.data));
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            _ => {}
        }
        Ok(())
    }

    fn take_function(&mut self, kind: u32) {
        self.signatures.push(self.signature(kind));
        self.kinds.push(self.kind(kind));
    }

    /// The signature of a type.
    pub fn signature(&self, kind: u32) -> Signature {
        let found = &self.types[kind as usize];
        // The validator limits both to 1000.
        Signature { parameters: found.params().len() as u32, results: found.results().len() as u32 }
    }

    /// The first type that is the same: `call_indirect` takes functions of any that is.
    pub fn kind(&self, kind: u32) -> u32 {
        let wanted = &self.types[kind as usize];
        self.types.iter().position(|other| other == wanted).map_or(kind, |first| first as u32)
    }

    /// The body of a function; `None` if it is imported.
    pub fn body(&self, function: u32) -> Option<&FunctionBody<'a>> {
        self.bodies.get((function as usize).checked_sub(self.imports.len())?)
    }
}

enum Fault {
    Unreadable(wasmparser::BinaryReaderError),
    Other(&'static str),
}

impl From<wasmparser::BinaryReaderError> for Fault {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self::Unreadable(error)
    }
}

/// The value of an offset.
fn constant(expression: &wasmparser::ConstExpr<'_>) -> Result<u32, Fault> {
    match expression.get_operators_reader().read()? {
        Operator::I32Const { value } => Ok(value as u32),
        _ => Err(Fault::Other("an offset that is not a constant")),
    }
}
