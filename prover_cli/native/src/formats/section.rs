//! Sections of a mapped file: where one lies, and what can be wrong with an entry of it.

/// Where a section's data lies in the file: offset and length in bytes.
pub type Span = (usize, usize);

/// The entry that is wrong, counted from the start of its section, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryFault {
    pub index: usize,
    pub reason: String,
}

/// Borrows the section called `name`. `Err` says why it cannot: it ends past the file, or it does not have the
/// `wanted` length in bytes.
pub fn section<'a>(
    file: &'a [u8],
    span: Span,
    name: &str,
    wanted: Option<usize>,
) -> Result<&'a [u8], String> {
    let (from, length) = span;
    if wanted.is_some_and(|wanted| wanted != length) {
        return Err(format!("section {name} has {length} bytes"));
    }
    from.checked_add(length)
        .and_then(|to| file.get(from..to))
        .ok_or_else(|| format!("section {name} ends past the file"))
}
