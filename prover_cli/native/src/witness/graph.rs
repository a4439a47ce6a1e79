//! Values that depend on inputs, as a graph: each node is an operator on earlier nodes. Equal nodes are one (value numbering)
//! and operators on constants are calculated at once.

use super::integer::{self, CircomField, ONE, Operator, ZERO};
use crate::arithmetic::field::Canonical;
use std::collections::HashMap;
use std::marker::PhantomData;

/// The index of a node.
pub type Id = u32;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `a` is the index of a constant.
    Constant,
    /// `a` is the index of an input value.
    Input,
    Apply(Operator),
    /// `b` where `a` is not zero, else `c`.
    Select,
    /// Entry `a` of table `b`; zero where there is none.
    Entry,
    /// Whether the canonical integer of `a` is below `b`, a number.
    Below,
    /// Result `b` of call `a`.
    Result,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    pub kind: Kind,
    pub a: u32,
    pub b: u32,
    pub c: u32,
}

/// A function of circom that runs for each witness by itself, because what it does depends on inputs.
#[derive(Clone, Debug)]
pub struct Call {
    pub function: u32,
    /// The address of its frame.
    pub frame: u32,
    /// Values that depend on inputs, by address.
    pub arguments: Vec<(u32, Id)>,
    /// The other memory of its frame, without trailing zeros.
    pub image: Vec<u8>,
    /// How many results it has.
    pub results: u32,
    /// Called where this is not zero.
    pub path: Option<Id>,
}

/// A calculation stops where the node is zero, or where it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    pub node: Id,
    pub fails_if: bool,
}

/// The most nodes: 16 bytes each, and half as many for finding them.
pub const MOST_NODES: usize = 40_000_000;

/// The most nodes that are looked at to see how large one can be.
const MOST_LOOKED_AT: u32 = 1000;

pub struct Graph<F> {
    pub nodes: Vec<Node>,
    pub constants: Vec<Canonical>,
    pub tables: Vec<Vec<Id>>,
    pub calls: Vec<Call>,
    pub guards: Vec<Guard>,
    found: Found,
    constant_ids: HashMap<Canonical, Id>,
    table_ids: HashMap<Vec<Id>, u32>,
    field: PhantomData<F>,
}

impl<F: CircomField> Default for Graph<F> {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            constants: Vec::new(),
            tables: Vec::new(),
            calls: Vec::new(),
            guards: Vec::new(),
            found: Found::new(),
            constant_ids: HashMap::new(),
            table_ids: HashMap::new(),
            field: PhantomData,
        }
    }
}

impl<F: CircomField> Graph<F> {
    pub fn constant(&mut self, value: Canonical) -> Id {
        if let Some(&id) = self.constant_ids.get(&value) {
            return id;
        }
        let node = Node { kind: Kind::Constant, a: self.constants.len() as u32, b: 0, c: 0 };
        self.constants.push(value);
        self.nodes.push(node);
        let id = self.nodes.len() as Id - 1;
        self.constant_ids.insert(value, id);
        id
    }

    pub fn input(&mut self, index: u32) -> Id {
        self.node(Node { kind: Kind::Input, a: index, b: 0, c: 0 })
    }

    /// The value of a constant.
    pub fn value(&self, id: Id) -> Option<Canonical> {
        let node = self.nodes[id as usize];
        (node.kind == Kind::Constant).then(|| self.constants[node.a as usize])
    }

    fn node(&mut self, node: Node) -> Id {
        self.found.id_of(node, &mut self.nodes)
    }

    /// An operator's value. Division by a zero is the caller's to exclude.
    pub fn apply(&mut self, operator: Operator, a: Id, b: Id) -> Id {
        let (mut a, mut b) = (a, if operator.is_unary() { a } else { b });
        let values = (self.value(a), self.value(b));
        if let (Some(x), Some(y)) = values {
            // A lane that would divide by zero has failed, so any value does.
            let value = integer::apply::<F>(operator, &x, &y).unwrap_or(ZERO);
            return self.constant(value);
        }
        if let Some(simple) = self.simplified(operator, (a, values.0), (b, values.1)) {
            return simple;
        }
        if operator.commutes() && a > b {
            (a, b) = (b, a);
        }
        self.node(Node { kind: Kind::Apply(operator), a, b, c: 0 })
    }

    fn simplified(
        &mut self,
        operator: Operator,
        (a, x): (Id, Option<Canonical>),
        (b, y): (Id, Option<Canonical>),
    ) -> Option<Id> {
        use Operator::*;
        Some(match operator {
            Add if x == Some(ZERO) => b,
            Add | Sub | ShiftLeft | ShiftRight if y == Some(ZERO) => a,
            Sub if a == b => self.constant(ZERO),
            Sub if x == Some(ZERO) => self.apply(Neg, b, b),
            Mul if x == Some(ZERO) || y == Some(ZERO) => self.constant(ZERO),
            Mul if x == Some(ONE) => b,
            Mul | Div | IntegerDiv if y == Some(ONE) => a,
            Div => {
                let y = y?;
                let inverse = integer::apply::<F>(Div, &ONE, &y)?;
                let inverse = self.constant(inverse);
                self.apply(Mul, a, inverse)
            }
            Pow => {
                let exponent = y.filter(|y| y[0] < 1 << 16 && y[1..] == [0; 3])?[0];
                self.power(a, exponent)
            }
            Equal if a == b => self.constant(ONE),
            NotEqual if a == b => self.constant(ZERO),
            And if x == Some(ZERO) || y == Some(ZERO) => self.constant(ZERO),
            _ => return None,
        })
    }

    fn power(&mut self, base: Id, exponent: u64) -> Id {
        let mut power = self.constant(ONE);
        for bit in (0..64 - exponent.leading_zeros()).rev() {
            power = self.apply(Operator::Mul, power, power);
            if exponent >> bit & 1 != 0 {
                power = self.apply(Operator::Mul, power, base);
            }
        }
        power
    }

    pub fn not(&mut self, a: Id) -> Id {
        match self.nodes[a as usize] {
            Node { kind: Kind::Apply(Operator::Equal), a, b, .. } => {
                self.apply(Operator::NotEqual, a, b)
            }
            Node { kind: Kind::Apply(Operator::NotEqual), a, b, .. } => {
                self.apply(Operator::Equal, a, b)
            }
            _ => self.apply(Operator::Not, a, a),
        }
    }

    pub fn select(&mut self, condition: Id, yes: Id, no: Id) -> Id {
        if yes == no {
            return yes;
        }
        match self.value(condition) {
            Some(ZERO) => no,
            Some(_) => yes,
            None => self.node(Node { kind: Kind::Select, a: condition, b: yes, c: no }),
        }
    }

    /// The largest canonical integer that a node can have, where what it is made of shows that it is small: an index that is
    /// taken modulo the length of an array, or from some of a value's bits.
    pub fn most(&self, id: Id) -> Option<u64> {
        self.most_within(id, &mut { MOST_LOOKED_AT })
    }

    fn most_within(&self, id: Id, left: &mut u32) -> Option<u64> {
        use Operator::*;
        *left = left.checked_sub(1)?;
        let Node { kind, a, b, c } = self.nodes[id as usize];
        let small = |most: u64| u32::try_from(most).ok().map(u64::from);
        match kind {
            Kind::Constant => match self.constants[a as usize] {
                [word, 0, 0, 0] => small(word),
                _ => None,
            },
            Kind::Below => Some(1),
            Kind::Select => Some(self.most_within(b, left)?.max(self.most_within(c, left)?)),
            Kind::Entry => {
                let entries = &self.tables[b as usize];
                entries
                    .iter()
                    .try_fold(0, |most, &entry| Some(self.most_within(entry, left)?.max(most)))
            }
            Kind::Apply(operator) => match operator {
                Equal | NotEqual | Less | Greater | LessOrEqual | GreaterOrEqual | And | Or | Not => {
                    Some(1)
                }
                BitAnd => match (self.most_within(a, left), self.most_within(b, left)) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                },
                // A divisor that is zero has failed.
                Mod => match (self.most_within(a, left), self.most_within(b, left)) {
                    (a, Some(b)) => Some(a.unwrap_or(u64::MAX).min(b.saturating_sub(1))),
                    (a, None) => a,
                },
                IntegerDiv => self.most_within(a, left),
                BitOr | BitXor => {
                    let most = self.most_within(a, left)?.max(self.most_within(b, left)?);
                    Some(u64::MAX.checked_shr(most.leading_zeros()).unwrap_or(0))
                }
                Add => small(self.most_within(a, left)? + self.most_within(b, left)?),
                Mul => small(self.most_within(a, left)? * self.most_within(b, left)?),
                _ => None,
            },
            Kind::Input | Kind::Result => None,
        }
    }

    /// Whether the canonical integer of a node is below a bound.
    pub fn below(&mut self, a: Id, bound: u32) -> Id {
        if self.most(a).is_some_and(|most| most < u64::from(bound)) {
            return self.constant(ONE);
        }
        match self.value(a) {
            Some(value) => {
                self.constant(integer::from_bool(integer::is_less(&value, &[bound.into(), 0, 0, 0])))
            }
            None => self.node(Node { kind: Kind::Below, a, b: bound, c: 0 }),
        }
    }

    /// The entry of a table whose number is the canonical integer of a node.
    pub fn entry(&mut self, index: Id, table: Vec<Id>) -> Id {
        let next = self.tables.len() as u32;
        let place = *self.table_ids.entry(table).or_insert_with_key(|table| {
            self.tables.push(table.clone());
            next
        });
        self.node(Node { kind: Kind::Entry, a: index, b: place, c: 0 })
    }

    /// The results of a call.
    pub fn call(&mut self, call: Call) -> Vec<Id> {
        let (place, results) = (self.calls.len() as u32, call.results);
        self.calls.push(call);
        (0..results).map(|b| self.node(Node { kind: Kind::Result, a: place, b, c: 0 })).collect()
    }
}

/// Finds the node that equals a new one: open addressing over indices.
struct Found {
    places: Vec<u32>,
    count: usize,
}

const EMPTY: u32 = u32::MAX;

impl Found {
    fn new() -> Self {
        Self { places: vec![EMPTY; 1 << 12], count: 0 }
    }

    fn hash(node: &Node) -> u64 {
        let kind = match node.kind {
            Kind::Constant => 0,
            Kind::Input => 1,
            Kind::Select => 2,
            Kind::Entry => 3,
            Kind::Below => 4,
            Kind::Result => 5,
            Kind::Apply(operator) => 6 + operator as u64,
        };
        let mut hash = kind;
        for word in [node.a, node.b, node.c] {
            hash = (hash.rotate_left(5) ^ u64::from(word)).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
        hash ^ hash >> 32
    }

    fn id_of(&mut self, node: Node, nodes: &mut Vec<Node>) -> Id {
        if 2 * self.count >= self.places.len() {
            self.grow(nodes);
        }
        let mask = self.places.len() - 1;
        let mut place = Self::hash(&node) as usize & mask;
        loop {
            match self.places[place] {
                EMPTY => break,
                id if nodes[id as usize] == node => return id,
                _ => place = (place + 1) & mask,
            }
        }
        self.places[place] = nodes.len() as u32;
        self.count += 1;
        nodes.push(node);
        nodes.len() as Id - 1
    }

    fn grow(&mut self, nodes: &[Node]) {
        let old = std::mem::take(&mut self.places);
        self.places = vec![EMPTY; 2 * old.len()];
        let mask = self.places.len() - 1;
        for id in old.into_iter().filter(|&id| id != EMPTY) {
            let mut place = Self::hash(&nodes[id as usize]) as usize & mask;
            while self.places[place] != EMPTY {
                place = (place + 1) & mask;
            }
            self.places[place] = id;
        }
    }
}
