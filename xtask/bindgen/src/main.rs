//! `xtask-bindgen IN.wasm DIR`: writes the JavaScript, the types and the final WASM for browsers into DIR.
//! A crate of its own, because it takes a minute to compile and `cargo xtask` should answer at once.

use std::env;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [input, folder] = args.as_slice() else { bail!("usage: xtask-bindgen IN.wasm DIR") };
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
