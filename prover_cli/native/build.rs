//! Tells the crate whether the compiler has AVX-512 IFMA (stable since Rust 1.89); an older one leaves it out.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-check-cfg=cfg(ifma)");
    let compiler = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let minor = Command::new(compiler).arg("--version").output().ok().and_then(|output| {
        let words = String::from_utf8(output.stdout).ok()?;
        words.split(['.', ' ']).nth(2)?.parse::<u32>().ok()
    });
    let x86 = env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|name| name == "x86_64");
    if x86 && minor.is_some_and(|minor| minor >= 89) {
        println!("cargo:rustc-cfg=ifma");
    }
}
