//! How Chinese and English are set: spaces between Han and Latin, full-width punctuation. Pure, a line at a time.

use crate::domain::Lang;

/// What is wrong with a line of prose, or nothing. Markdown markup is looked through; code spans count as Latin words.
pub fn faults(lang: Lang, line: &str) -> Vec<String> {
    // A line of ASCII, which most are, can only hold a control character.
    let mut found = match lang {
        _ if line.is_ascii() => Vec::new(),
        Lang::Zh => chinese_faults(&look_through_markup(line)),
        Lang::En => english_faults(&look_through_markup(line)),
    };
    if line.contains(|c: char| c.is_control() && !matches!(c, '\t' | '\n')) {
        found.push(CONTROL.to_owned());
    }
    found
}

/// Neither HTML nor XML can carry these.
pub const CONTROL: &str = "a control character, take it out";

/// Whether a character is a Han ideograph.
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}')
}

/// The length of a note as the eye takes it: Han and full-width characters count one, others a half.
pub fn half_widths(text: &str) -> usize {
    text.chars().map(|c| if is_han(c) || is_full_width_mark(c) { 2 } else { 1 }).sum()
}

fn is_full_width_mark(c: char) -> bool {
    matches!(c, '，' | '。' | '：' | '；' | '？' | '！' | '（' | '）' | '、' | '《' | '》' | '「' | '」')
}

fn chinese_faults(text: &[char]) -> Vec<String> {
    let mut found = Vec::new();
    for pair in text.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let latin = |c: char| c.is_ascii_alphanumeric() || c == '%' || c == CODE;
        if (is_han(a) && latin(b)) || (latin(a) && is_han(b)) {
            found.push(format!("no space between “{}” and “{}”, put one there", shown(a), shown(b)));
        }
        if (is_full_width_mark(a) && b == ' ') || (a == ' ' && is_full_width_mark(b)) {
            let mark = if b == ' ' { a } else { b };
            found.push(format!("a space next to “{mark}”, take it out"));
        }
        if is_han(a) && matches!(b, ',' | ';' | ':' | '?' | '!' | '(') {
            found.push(format!("half-width “{b}” after “{a}”, use the full-width one"));
        }
        if a == ')' && is_han(b) {
            found.push(format!("half-width “)” before “{b}”, use the full-width one"));
        }
    }
    if text.contains(&'您') {
        found.push("“您”, write “你”".to_owned());
    }
    if text.contains(&'！') {
        found.push("an exclamation mark, end the sentence plainly".to_owned());
    }
    found
}

fn english_faults(text: &[char]) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(c) = text.iter().find(|c| is_full_width_mark(**c)) {
        found.push(format!("full-width “{c}” in English, use the half-width one"));
    }
    found
}

/// Stands for a code span.
const CODE: char = '\u{e000}';

fn shown(c: char) -> String {
    if c == CODE { "`code`".to_owned() } else { c.to_string() }
}

/// Drops emphasis marks and link targets, replaces code spans by one mark.
fn look_through_markup(line: &str) -> Vec<char> {
    let mut out = Vec::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '`' => {
                let mut ticks = 1;
                while chars.next_if_eq(&'`').is_some() {
                    ticks += 1;
                }
                let mut run = 0;
                for inner in chars.by_ref() {
                    run = if inner == '`' { run + 1 } else { 0 };
                    if run == ticks {
                        break;
                    }
                }
                out.push(CODE);
            }
            '*' | '[' => {}
            ']' => {
                if chars.next_if_eq(&'(').is_some() {
                    for inner in chars.by_ref() {
                        if inner == ')' {
                            break;
                        }
                    }
                }
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_lines() {
        for (line, count) in [
            ("连接停在 accept 队列里，`close` 之后 40 ms。", 0),
            ("见 [CLOSE_WAIT](signal:state.close-wait)。", 0),
            ("连接停在accept队列里", 2),
            ("调用`close`之后", 2),
            ("**40 ms**之后", 1),
            ("好, 的", 1),
            ("好 ，的", 1),
            ("占 6%的 CPU", 1),
            ("请您重试！", 2),
            ("见[文档](https://a.b/c)第 2 节", 0),
            ("（见 RFC 9293）", 0),
        ] {
            assert_eq!(faults(Lang::Zh, line).len(), count, "{line}: {:?}", faults(Lang::Zh, line));
        }
    }

    #[test]
    fn note_widths() {
        assert_eq!(half_widths("队列满了：512 + 1"), 10 + 7);
        assert_eq!(half_widths("no pid"), 6);
    }
}
