//! The commands of the binary as someone types them.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;

use common::{Fixture, library, packet_clinic, printed, run, shared};
use packet_clinic::domain::{Lang, SearchCounts, Searched, Words};
use packet_clinic::store::Store;
use serde_json::Value;

/// The help of a command.
fn help(args: &[&str]) -> String {
    let output = run(&[args, &["--help"]].concat());
    assert!(output.status.success(), "{args:?}");
    printed(&output)
}

/// A text whose lines were broken where the terminal ends.
fn unbroken(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The options of a help text: each with its lines.
fn options(help: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in help.lines() {
        let option = line.split_whitespace().find(|word| word.starts_with("--"));
        if let Some(option) = option.filter(|_| line.trim_start().starts_with('-')) {
            found.push((option.trim_end_matches(',').to_owned(), String::new()));
        }
        if let Some((_, text)) = found.last_mut() {
            *text += line.trim();
            text.push(' ');
        }
    }
    found
}

#[test]
fn the_help_lists_every_command_in_a_line() {
    let text = help(&[]);
    for command in ["serve", "check", "search", "new", "feedback", "search-log"] {
        let line = text
            .lines()
            .find(|line| line.trim_start().starts_with(&format!("{command} ")))
            .unwrap_or_else(|| panic!("no {command} in {text}"));
        assert!(line.split_whitespace().count() >= 3, "{line}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

#[test]
fn every_setting_is_an_environment_variable_that_the_help_names() {
    let mut named = BTreeSet::new();
    for (option, text) in options(&help(&["serve"])) {
        if option == "--help" {
            continue;
        }
        let expected = format!("PACKET_CLINIC_{}", option.trim_start_matches("--").to_uppercase().replace('-', "_"));
        assert!(text.contains(&format!("[env: {expected}")), "{option}: {text}");
        named.insert(option);
    }
    for option in
        ["--listen", "--content", "--database", "--base-url", "--watch", "--metrics", "--log", "--max-connections"]
    {
        assert!(named.contains(option), "no {option} among {named:?}");
    }
    for (command, option) in [
        (&["search"][..], "PACKET_CLINIC_CONTENT"),
        (&["search"], "PACKET_CLINIC_LANG"),
        (&["new", "case"], "PACKET_CLINIC_CONTENT"),
        (&["feedback"], "PACKET_CLINIC_DATABASE"),
        (&["search-log"], "PACKET_CLINIC_DATABASE"),
    ] {
        assert!(unbroken(&help(command)).contains(&format!("[env: {option}")), "{command:?} {option}");
    }
}

#[test]
fn the_help_keeps_the_databases_password() {
    let url = "postgres://me:hunter2@db/x";
    for command in ["serve", "feedback", "search-log"] {
        let output = packet_clinic().args([command, "--help"]).env("PACKET_CLINIC_DATABASE", url).output().unwrap();
        let text = printed(&output);
        assert!(text.contains("PACKET_CLINIC_DATABASE") && !text.contains("hunter2"), "{text}");
    }
}

#[test]
fn the_environment_sets_what_arguments_do_not() {
    let folder = tempfile::tempdir().unwrap();
    Fixture::good().write_to(folder.path());
    let search = |lang: &str| {
        let output = packet_clinic()
            .args(["search", "CLOSE_WAIT"])
            .env("PACKET_CLINIC_CONTENT", folder.path())
            .env("PACKET_CLINIC_LANG", lang)
            .output()
            .unwrap();
        printed(&output)
    };
    assert!(search("en").contains("Many CLOSE_WAIT sockets, requests time out"), "{}", search("en"));
    assert!(search("zh").contains("大量 CLOSE_WAIT，请求超时"), "{}", search("zh"));
    let output = packet_clinic()
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env("PACKET_CLINIC_DATABASE", "nonsense")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let output = packet_clinic().args(["serve"]).env("PACKET_CLINIC_LISTEN", "nonsense").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("nonsense"));
}

#[test]
fn settings_that_make_no_sense_are_named() {
    for (args, words) in [
        (&["serve", "--listen", "somewhere"][..], "somewhere"),
        (&["serve", "--base-url", "clinic.example"], "write scheme and host only"),
        (&["serve", "--base-url", "https://x/path"], "write scheme and host only"),
        (&["serve", "--watch"], "--content"),
        (&["serve", "--max-connections", "0"], "0 is not in 1"),
        (&["serve", "--threads", "0"], "0 is not in 1"),
        (&["search"], "QUERY"),
        (&["search", "x", "--lang", "fr"], "fr"),
        (&["search", "x", "--limit", "0"], "0 is not in 1"),
        (&["search-log", "--days", "0"], "0 is not in 1"),
        (&["nonsense"], "nonsense"),
        (&[], "Usage"),
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(words), "{args:?}: {said}");
    }
}

#[test]
fn search_prints_title_cause_and_slug() {
    for (lang, flag) in [(Lang::En, "en"), (Lang::Zh, "zh")] {
        let output = run(&["search", "--lang", flag, "--limit", "3", "CLOSE_WAIT", "timeout"]);
        assert!(output.status.success());
        let text = printed(&output);
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        assert_eq!(lines.len(), 9, "{text}");
        for hit in lines.chunks(3) {
            let case = library().cases().find(|case| case.slug.as_str() == hit[2]).unwrap_or_else(|| panic!("{hit:?}"));
            let (score, title) = hit[0].split_once("  ").unwrap();
            assert!(score.parse::<f64>().is_ok_and(|score| score > 0.0), "{hit:?}");
            assert_eq!(title, case.text(lang).title);
            assert_eq!(hit[1], case.text(lang).cause.text);
        }
    }
}

#[test]
fn search_prints_the_json_of_the_interface() {
    let output = run(&["search", "--json", "--lang", "zh", "--limit", "4", "CLOSE_WAIT"]);
    let printed: Value = serde_json::from_str(&printed(&output)).unwrap();
    let served = shared().get("/api/v1/search?q=CLOSE_WAIT&lang=zh&limit=4").json();
    assert_eq!(printed["query"], "CLOSE_WAIT");
    let both = printed["results"].as_array().unwrap().iter().zip(served["results"].as_array().unwrap());
    for (printed, served) in both {
        for key in ["slug", "title", "url"] {
            assert_eq!(printed[key], served[key], "{key}");
        }
        let score = |result: &Value| result["score"].as_f64().unwrap();
        assert!((score(printed) - score(served)).abs() < 0.001, "{printed} and {served}");
        assert!(printed["why"].as_array().is_some_and(|why| !why.is_empty()), "{printed}");
    }
    assert_eq!(printed["results"].as_array().unwrap().len(), 4);
}

#[test]
fn a_batch_answers_every_line_whatever_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queries.jsonl");
    let megabyte = "a".repeat(1 << 20);
    let mut lines = br#"{"q": "CLOSE_WAIT \ud800 \udc00\ud800"}"#.to_vec();
    lines.extend(b"\n{\"q\": \"CLOSE_WAIT \xed\xa0\x80\xff\", \"rel\": {}}\n\n\r\n{\"q\": \"\\u0000\"}\n");
    lines.extend(format!("{{\"q\": \"{megabyte}\"}}\n").bytes());
    fs::write(&file, lines).unwrap();
    let answers: Vec<Value> = printed(&run(&["search", "--batch", file.to_str().unwrap()]))
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), 4);
    for answer in &answers[..2] {
        assert!(answer["q"].as_str().unwrap().starts_with("CLOSE_WAIT \u{fffd}"), "{answer}");
        assert!(answer["results"][0].as_str().unwrap().contains("close-wait"), "{answer}");
    }
    for wrong in ["{\"q\": 1}", "{\"q\": [1]}", "{}", "x"] {
        fs::write(&file, format!("{{\"q\": \"rst\"}}\n{wrong}\n")).unwrap();
        let output = run(&["search", "--batch", file.to_str().unwrap()]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(":2: no object with a string \"q\""), "{said}");
    }
}

#[test]
fn a_search_without_a_hit_says_what_to_try_and_fails() {
    for (lang, words) in [("en", "try the words a machine printed"), ("zh", "换成机器打印的原文试试")] {
        let output = run(&["search", "--lang", lang, "zzqqxxjj"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(printed(&output).contains(words));
    }
    let output = run(&["search", "--json", "zzqqxxjj"]);
    assert_eq!(serde_json::from_str::<Value>(&printed(&output)).unwrap()["results"], serde_json::json!([]));
}

#[test]
fn the_library_inside_the_binary_has_no_problem() {
    let output = run(&["check"]);
    let (cases, signals, terms) = (library().cases().len(), library().signals().len(), library().glossary.len());
    let presets = library().presets.len();
    let counts = format!("{cases} cases, {signals} signals, {terms} terms, {presets} presets: no problems\n");
    assert_eq!(printed(&output), counts);
    assert!(output.status.success());
    assert!(cases >= 19, "{cases} cases");
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    Fixture::good().with("stray.txt", "x").write_to(folder.path());
    for (args, code, said) in
        [(vec!["check"], 0, ""), (vec!["check", folder.path().to_str().unwrap()], 1, "1 problems\n")]
    {
        let mut check = packet_clinic().args(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(check.stdout.take());
        let output = check.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), said, "{args:?}");
        assert_eq!(output.status.code(), Some(code), "{args:?}");
    }
}

#[test]
fn a_new_case_is_a_folder_that_check_walks_an_author_through() {
    let folder = tempfile::tempdir().unwrap();
    Fixture::good().write_to(folder.path());
    let content = folder.path().to_str().unwrap();
    let output = run(&["new", "case", "my-new-case", "--content", content]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let case = folder.path().join("cases/my-new-case");
    assert!(
        printed(&output).contains(case.to_str().unwrap()) && printed(&output).contains("packet-clinic check"),
        "{}",
        printed(&output)
    );
    for file in ["case.toml", "zh.md", "en.md", "evidence/first-look.txt", "repro/run.sh"] {
        assert!(case.join(file).is_file(), "{file}");
    }
    assert!(case.join("sequences").is_dir());

    let output = run(&["check", content]);
    assert_eq!(output.status.code(), Some(1));
    let text = printed(&output);
    assert!(text.lines().all(|line| line.starts_with("cases/my-new-case/")), "what was good stays good: {text}");
    for to_do in [
        "case.toml:1: 0 symptoms in zh, write 3 to 8",
        "case.toml:1: 0 symptoms in en, write 3 to 8",
        "case.toml:1: 0 signals, name at least 3",
        "case.toml:1: 0 sources, name at least 2",
        "evidence/first-look.txt:1: is empty, record what the machine printed",
        "en.md:2: is empty, write it",
        "zh.md:2: is empty, write it",
        "section “Symptom” is empty",
        "section “症状” is empty",
        "section “Prevent” is empty",
    ] {
        assert!(text.lines().any(|line| line.contains(to_do)), "{to_do} in {text}");
    }
}

#[test]
fn a_new_case_never_overwrites_and_needs_a_slug() {
    let folder = tempfile::tempdir().unwrap();
    Fixture::good().write_to(folder.path());
    let content = folder.path().to_str().unwrap();
    let before = fs::read(folder.path().join("cases/alpha/case.toml")).unwrap();
    let output = run(&["new", "case", "alpha", "--content", content]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("exists, choose another slug"));
    assert_eq!(fs::read(folder.path().join("cases/alpha/case.toml")).unwrap(), before);
    for bad in ["My-Case", "a_b", "../evil", "a/b", "", &"a".repeat(61)] {
        let output = run(&["new", "case", bad, "--content", content]);
        assert_eq!(output.status.code(), Some(2), "{bad}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("is no slug: use a-z, 0-9 and -"), "{bad}");
    }
    assert_eq!(fs::read_dir(folder.path().join("cases")).unwrap().count(), 2);
}

#[test]
fn feedback_of_a_fresh_database_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("new.sqlite").display());
    let output = run(&["feedback", "--json", "--database", &url]);
    assert!(output.status.success() && printed(&output).is_empty());
    let output = run(&["feedback", "--database", &url]);
    assert_eq!(printed(&output).trim(), "yes    no  case");
    assert_eq!(run(&["feedback", "--database", "nonsense"]).status.code(), Some(2));
}

#[test]
fn the_search_log_of_a_fresh_database_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("new.sqlite").display());
    let output = run(&["search-log", "--json", "--database", &url]);
    assert!(output.status.success() && printed(&output).is_empty());
    let output = run(&["search-log", "--database", &url]);
    assert_eq!(unbroken(&printed(&output)), "no result nobody followed last day searched for");
    assert_eq!(run(&["search-log", "--database", "nonsense"]).status.code(), Some(2));
}

#[tokio::test]
async fn the_search_log_shows_the_most_often_missed_first() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("log.sqlite").display());
    let store = Store::open(&url).unwrap();
    let searched = |lang, words: &str, searches, without_result, followed, last_day| Searched {
        lang,
        words: Words::of_question(words).unwrap(),
        counts: SearchCounts { searches, without_result, followed, last_day },
    };
    let rows = [
        searched(Lang::En, "quic handshake", 7, 5, 2, 20_000),
        searched(Lang::Zh, "粘包 拆包", 9, 0, 1, 20_001),
        searched(Lang::En, "all is well", 3, 0, 3, 20_002),
    ];
    store.count_searches(&rows).await.unwrap();
    drop(store);
    let text = printed(&run(&["search-log", "--database", &url]));
    let lines: Vec<String> = text.lines().skip(1).map(unbroken).collect();
    assert_eq!(lines, ["0 8 of 9 2024-10-05 zh 粘包 拆包", "5 0 of 2 2024-10-04 en quic handshake"]);
    let text = printed(&run(&["search-log", "--json", "--limit", "1", "--database", &url]));
    assert_eq!(
        serde_json::from_str::<Value>(&text).unwrap(),
        serde_json::json!({
            "lang": "zh", "words": "粘包 拆包", "searches": 9, "without_result": 0, "followed": 1, "not_followed": 8,
            "last_day": "2024-10-05"
        })
    );
    let recent = run(&["search-log", "--json", "--days", "1", "--database", &url]);
    assert_eq!(printed(&recent), "", "nobody searched for them today");
}
