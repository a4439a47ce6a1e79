//! Which folder may name which: a tree that is read from the bottom up, checked in its source files.

use std::fs;
use std::path::{Path, PathBuf};

/// Words that must not occur below a folder, in any case: nothing names what is built on top of it.
const ABOVE: [(&str, &[&str]); 8] = [
    ("arithmetic", &["groth", "zkey", "crate::formats", "crate::stages", "crate::python"]),
    ("formats", &["groth", "lonk", "crate::stages", "crate::python"]),
    ("witness", &["groth", "zkey", "crate::formats", "crate::stages", "crate::python"]),
    ("groth16", &["plonk", "fflonk", "crate::witness", "crate::python"]),
    ("prepared", &["groth", "lonk", "zkey", "crate::stages", "crate::python"]),
    ("plonkish", &["groth", "plonk::", "fflonk", "crate::witness", "crate::python"]),
    ("plonk", &["groth", "fflonk", "crate::witness", "crate::python"]),
    ("fflonk", &["groth", "crate::plonk::", "crate::witness", "crate::python"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the crate's sources are there") {
        let path = entry.expect("a folder can be listed").path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn offences(folder: &str, words: &[&str]) -> Vec<String> {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder), &mut files);
    assert!(files.len() > 1, "{folder} has moved");
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("sources are UTF-8").to_lowercase();
        for (number, line) in text.lines().enumerate() {
            for word in words.iter().filter(|word| line.contains(**word)) {
                found.push(format!("{}:{}: {word}", file.display(), number + 1));
            }
        }
    }
    found
}

#[test]
fn no_folder_names_what_is_built_on_top_of_it() {
    for (folder, words) in ABOVE {
        assert_eq!(offences(folder, words), Vec::<String>::new(), "below {folder}");
    }
}

#[test]
fn a_word_that_does_occur_is_found() {
    assert_ne!(offences("groth16", &["groth"]), Vec::<String>::new());
}
