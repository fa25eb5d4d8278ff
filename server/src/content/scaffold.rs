//! `new case SLUG`: a folder that an author can fill in. `check` names everything that is still to do in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::domain::page_text::SectionId;
use crate::domain::{Lang, Slug};

/// Makes the folder; refuses to touch one that exists.
pub fn new_case(content: &Path, slug: &Slug, today: &str) -> io::Result<PathBuf> {
    let folder = content.join("cases").join(slug.as_str());
    if folder.exists() {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!("{} exists, choose another slug", folder.display()),
        ));
    }
    for part in ["evidence", "sequences", "repro"] {
        fs::create_dir_all(folder.join(part))?;
    }
    fs::write(folder.join("case.toml"), case_toml(today))?;
    fs::write(folder.join("evidence/first-look.txt"), "")?;
    fs::write(folder.join("repro/run.sh"), REPRO)?;
    for lang in Lang::ALL {
        fs::write(folder.join(format!("{lang}.md")), page(lang))?;
    }
    Ok(folder)
}

fn case_toml(today: &str) -> String {
    format!(
        r#"# Facts of the case in no language. content/README.md explains every key.
published  = {today}
updated    = {today}
layers     = ["tcp"]        # link ip tcp udp tls dns http app; the main one first
tools      = []             # names from vocabulary.toml
runtimes   = []             # names from vocabulary.toml
terms      = []             # ids from glossary.toml that it is about
difficulty = 2              # 1 easy, 2 medium, 3 hard

[checked]
on   = {today}
with = []                   # "Linux 6.12", "nginx 1.26", …

[symptoms]                  # 3 to 8 lines a language, as someone would type them at 3 a.m.
zh = []
en = []

# [[signal]]                # at least 3, ids from signals.toml
# id     = "state.close-wait"
# weight = 5                # 1 hints … 5 nearly proves this case
# hot    = true
# glance = true
# value  = "×513"

# [[related]]
# slug = "…"
# how  = {{ zh = "…", en = "…" }}

# [[source]]                # at least 2
# title = "RFC 9293, 3.10.7.4"
# url   = "https://www.rfc-editor.org/rfc/rfc9293#section-3.10.7.4"
# kind  = "rfc"             # rfc kernel manual docs code issue article
# date  = {today}

[evidence.first-look]       # the output goes into evidence/first-look.txt, as printed
command = "ss -tan"
hits    = []                # {{ line = 2, mark = ["CLOSE-WAIT"] }}
"#
    )
}

fn page(lang: Lang) -> String {
    let mut page = String::from(
        "+++\ntitle       = \"\"\ndescription = \"\"\ncause       = \"\"\nfix         = \"\"\nenvironment = \"\"\nreproduce   = \"\"\n+++\n",
    );
    for id in SectionId::ALL.iter().copied().filter(|id| !id.optional()) {
        page.push_str(&format!("\n## {}\n", id.heading(lang)));
        page.push_str(match id {
            SectionId::Evidence => "\n```evidence first-look\n---\n```\n",
            SectionId::Cause => "\n> \n",
            SectionId::Reproduce => "\n```file repro/run.sh\n```\n",
            _ => "",
        });
    }
    page
}

const REPRO: &str =
    "#!/usr/bin/env bash\n# What it shows, what it needs, how long it takes.\nset -eu\ncd \"$(dirname \"$0\")\"\n";
