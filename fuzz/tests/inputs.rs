//! Every seed and every input that once failed, through its target.

use std::fs;

use fuzz::TARGETS;

#[test]
fn what_is_kept_in_the_repository_holds() {
    for target in TARGETS {
        let mut inputs = 0;
        for folder in target.inputs() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                println!("{}: {}", target.name, entry.path().display());
                (target.check)(&fs::read(entry.path()).unwrap());
                inputs += 1;
            }
        }
        assert!(inputs >= 10, "{}: {inputs} inputs", target.name);
    }
}

#[test]
fn bytes_that_are_no_text_hold() {
    for target in TARGETS {
        for bytes in [&b""[..], b"\0", b"\xed\xa0\x80\xff", b"{sa_family=\xe4\xbd", &[0x80; 3_000], &[b'a'; 70_000]] {
            (target.check)(bytes);
        }
    }
}
