//! What people look for here, counted by words: to learn which cases and which words are missing. Nobody's search is
//! kept: no address, no session, no time but a day.

use std::fmt;

use super::lang::Lang;
use super::masks::masked;
use super::naming::may_name;

/// The longest words that are kept, in characters; who types more has pasted something.
pub const LONGEST_WORDS: usize = 120;

/// Stands before what pasted output was recognised by.
const OUTPUT: &str = "[output]";

/// What is kept of a query.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Words(String);

impl Words {
    /// A question in lower case on one line, without what could name a person, a machine or a secret. `None` when nothing
    /// is left, so much that it was no question, or when it speaks of secrets or people.
    pub fn of_question(typed: &str) -> Option<Words> {
        if typed.chars().count() > 2 * LONGEST_WORDS {
            return None;
        }
        let line = dotted(&typed.split_whitespace().collect::<Vec<_>>().join(" "));
        if may_name(&line) {
            return None;
        }
        let words = masked(&line).to_lowercase();
        let tells = words.chars().any(char::is_alphanumeric) && words.chars().count() <= LONGEST_WORDS;
        tells.then_some(Words(words))
    }

    /// Of pasted output nothing is kept but the names of what was recognised in it.
    pub fn of_output<'n>(recognised: impl IntoIterator<Item = &'n str>) -> Words {
        let mut words = OUTPUT.to_owned();
        for name in recognised {
            let before = if words == OUTPUT { " " } else { " + " };
            if words.chars().count() + before.len() + name.chars().count() > LONGEST_WORDS {
                break;
            }
            words = format!("{words}{before}{}", name.to_lowercase());
        }
        Words(words)
    }

    /// Takes words back from where they were kept.
    pub fn kept(words: String) -> Words {
        Words(words)
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// With the full stops of Chinese input inside addresses and names as dots: `10。1。2。3`. NFKC makes dots of the others.
fn dotted(line: &str) -> String {
    let chars: Vec<char> = line.chars().collect();
    let part = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_alphanumeric);
    let stop = |at: usize| matches!(chars[at], '。' | '｡' | '．') && part(at.checked_sub(1)) && part(Some(at + 1));
    (0..chars.len()).map(|at| if stop(at) { '.' } else { chars[at] }).collect()
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How searches for the same words went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SearchCounts {
    /// Searches.
    pub searches: i64,
    /// Those that found nothing.
    pub without_result: i64,
    /// How often a result was followed; more often than there were searches when a reader opens several.
    pub followed: i64,
    /// The last day, counted from 1970-01-01.
    pub last_day: i64,
}

impl SearchCounts {
    /// Adds others.
    pub fn add(&mut self, other: SearchCounts) {
        self.searches += other.searches;
        self.without_result += other.without_result;
        self.followed += other.followed;
        self.last_day = self.last_day.max(other.last_day);
    }

    /// Searches that found something.
    pub fn with_result(&self) -> i64 {
        self.searches - self.without_result
    }

    /// Searches that found something which nobody followed, at least.
    pub fn not_followed(&self) -> i64 {
        (self.with_result() - self.followed).max(0)
    }
}

/// Words and how searches for them went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Searched {
    /// The language of the page that was searched from.
    pub lang: Lang,
    /// What was looked for.
    pub words: Words,
    /// How it went.
    pub counts: SearchCounts,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_kept_as_one_tidy_line() {
        let kept = |typed: &str| Words::of_question(typed).map(|words| words.to_string());
        assert_eq!(kept("  Many\tCLOSE_WAIT \n sockets "), Some("many close_wait sockets".to_owned()));
        assert_eq!(kept("大量 CLOSE_WAIT"), Some("大量 close_wait".to_owned()));
        assert_eq!(kept("refused by 10.1.2.3"), Some("refused by …".to_owned()));
        assert_eq!(kept("10.1.2.3 alice@example.com"), None, "nothing that tells is left");
        assert_eq!(kept(""), None);
        assert_eq!(kept("连接10。1。2。3超时"), Some("连接…超时".to_owned()));
        assert_eq!(kept("shop。acme。com 解析失败"), Some("… 解析失败".to_owned()));
        assert_eq!(kept("密码改成了 hunter 之后连不上"), None, "speaks of a secret");
        let longest = "长".repeat(LONGEST_WORDS);
        assert_eq!(kept(&longest), Some(longest.clone()));
        assert_eq!(kept(&format!("{longest}长")), None);
        assert_eq!(kept(&"word ".repeat(1_000_000)), None);
    }

    #[test]
    fn output_is_kept_as_what_it_was_recognised_by() {
        assert_eq!(Words::of_output([]).as_str(), "[output]");
        assert_eq!(Words::of_output(["CLOSE_WAIT", "Recv-Q"]).as_str(), "[output] close_wait + recv-q");
        let long = "n".repeat(50);
        let many = Words::of_output([long.as_str(); 5]);
        assert_eq!(many.as_str(), format!("[output] {long} + {long}"));
    }

    #[test]
    fn counts_add_up_and_tell_how_many_were_not_followed() {
        let mut counts = SearchCounts { searches: 5, without_result: 1, followed: 1, last_day: 9 };
        assert_eq!((counts.with_result(), counts.not_followed()), (4, 3));
        counts.add(SearchCounts { searches: 1, without_result: 0, followed: 9, last_day: 8 });
        assert_eq!(counts, SearchCounts { searches: 6, without_result: 1, followed: 10, last_day: 9 });
        assert_eq!(counts.not_followed(), 0, "several results of one search were followed");
    }
}
