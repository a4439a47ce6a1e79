//! Functions as lists of instructions, made of a module's by `decode`: labels are resolved, and what circom writes over and
//! over again is one instruction.

use super::field_functions::FieldFunction;
use super::listed::listed;

listed! {
    /// An operator with two operands of 32 bits.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Binary {
        Add,
        Sub,
        Mul,
        DivUnsigned,
        RemUnsigned,
        And,
        Or,
        ShiftLeft,
        ShiftRight,
        Equal,
        NotEqual,
        LessUnsigned,
        GreaterUnsigned,
        GreaterOrEqualUnsigned,
    }
}

impl Binary {
    /// `None` for a division by zero, which traps.
    pub fn apply(self, a: u32, b: u32) -> Option<u32> {
        Some(match self {
            Binary::Add => a.wrapping_add(b),
            Binary::Sub => a.wrapping_sub(b),
            Binary::Mul => a.wrapping_mul(b),
            Binary::DivUnsigned => a.checked_div(b)?,
            Binary::RemUnsigned => a.checked_rem(b)?,
            Binary::And => a & b,
            Binary::Or => a | b,
            Binary::ShiftLeft => a.wrapping_shl(b),
            Binary::ShiftRight => a.wrapping_shr(b),
            Binary::Equal => u32::from(a == b),
            Binary::NotEqual => u32::from(a != b),
            Binary::LessUnsigned => u32::from(a < b),
            Binary::GreaterUnsigned => u32::from(a > b),
            Binary::GreaterOrEqualUnsigned => u32::from(a >= b),
        })
    }
}

/// Where a jump leads: the index of an instruction, and how many operands its function has on the stack there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    pub to: u32,
    pub height: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instruction {
    Constant(u32),
    /// Of 64 bits.
    Wide(u64),
    Get(u32),
    Set(u32),
    Tee(u32),
    /// A local plus a constant: how circom addresses signals and variables.
    Offset {
        local: u32,
        by: u32,
    },
    Binary(Binary),
    IsZero,
    Load {
        offset: u32,
    },
    LoadByte {
        offset: u32,
    },
    Store {
        offset: u32,
    },
    StoreByte {
        offset: u32,
    },
    /// Of 64 bits.
    StoreWide {
        offset: u32,
    },
    Jump(Target),
    JumpIf(Target),
    /// Goes on behind itself if the operand is not zero, else at `otherwise`. Both meet at `end`.
    If {
        otherwise: u32,
        end: u32,
    },
    Return,
    Call(u32),
    CallIndirect {
        kind: u32,
    },
    Field(FieldFunction),
    /// Ends the calculation with an error of the circuit.
    Raise,
    /// A call that does nothing that a witness depends on: takes so many operands.
    Ignore(u32),
    Drop,
    MemorySize,
    MemoryGrow,
    /// What circom's templates never do.
    Unknown,
}

/// A function whose instructions are known.
#[derive(Clone)]
pub struct Function {
    pub parameters: u32,
    /// Parameters included.
    pub locals: u32,
    pub results: u32,
    pub code: Vec<Instruction>,
}

impl Function {
    /// Whether all jumps lead to instructions, and all locals are there.
    pub fn is_sound(&self) -> bool {
        let inside = |at: u32| (at as usize) < self.code.len();
        self.parameters <= self.locals
            && self.code.iter().all(|instruction| match *instruction {
                Instruction::Get(local)
                | Instruction::Set(local)
                | Instruction::Tee(local)
                | Instruction::Offset { local, .. } => local < self.locals,
                Instruction::Jump(target) | Instruction::JumpIf(target) => inside(target.to),
                Instruction::If { otherwise, end } => inside(otherwise) && inside(end),
                _ => true,
            })
    }
}
