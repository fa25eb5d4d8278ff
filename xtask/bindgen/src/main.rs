//! `xtask-bindgen IN.wasm DIR`: writes the JavaScript, the types and the final WASM for browsers into DIR.
//! `xtask-bindgen --weigh FILE`: prints how many bytes the server sends of it, compressed as the server compresses.
//! A crate of its own, because it takes a minute to compile and `cargo xtask` should answer at once.

use std::env;
use std::fs;

use anyhow::{Context, Result, bail};
use brotli::enc::BrotliEncoderParams;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.as_slice() {
        [flag, file] if flag == "--weigh" => weigh(file),
        [input, folder] => generate(input, folder),
        _ => bail!("usage: xtask-bindgen IN.wasm DIR, or --weigh FILE"),
    }
}

fn weigh(file: &str) -> Result<()> {
    let plain = fs::read(file).with_context(|| format!("cannot read {file}"))?;
    let params = BrotliEncoderParams { quality: 11, size_hint: plain.len(), ..BrotliEncoderParams::default() };
    let mut sent = Vec::new();
    brotli::BrotliCompress(&mut plain.as_slice(), &mut sent, &params)?;
    println!("{}", sent.len());
    Ok(())
}

fn generate(input: &str, folder: &str) -> Result<()> {
    Bindgen::new()
        .input_path(input)
        .web(true)?
        .typescript(true)
        // Pages call `init()` without an address: the module lies beside its JavaScript.
        .omit_default_module_path(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)
        .with_context(|| format!("wasm-bindgen could not read {input}"))
}
