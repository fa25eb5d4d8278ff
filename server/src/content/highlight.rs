//! Colours code at load time: comments, strings, numbers, keywords, calls. A lexer, not a parser:
//! five classes are all the design has, so a table a language is enough (docs/decisions/0001-highlighting.md).

use crate::domain::page_text::SafeHtml;

/// What the lexer must know of a language.
struct Grammar {
    line_comments: &'static [&'static str],
    block_comment: Option<(&'static str, &'static str)>,
    quotes: &'static [char],
    keywords: &'static [&'static str],
    /// Characters that belong to words besides letters, digits and `_`.
    word_extra: &'static [char],
    /// Words followed by `(` are calls.
    calls: bool,
}

const PLAIN: Grammar =
    Grammar { line_comments: &[], block_comment: None, quotes: &[], keywords: &[], word_extra: &[], calls: false };

const C_LIKE: Grammar = Grammar {
    line_comments: &["//"],
    block_comment: Some(("/*", "*/")),
    quotes: &['"', '\''],
    keywords: &[],
    word_extra: &[],
    calls: true,
};

/// The languages a fence may name.
pub const LANGUAGES: &[&str] = &[
    "text",
    "sh",
    "go",
    "python",
    "js",
    "java",
    "c",
    "rust",
    "nginx",
    "haproxy",
    "ini",
    "toml",
    "yaml",
    "json",
    "sql",
    "http",
    "dockerfile",
    "php",
    "lua",
];

fn grammar(language: &str) -> Grammar {
    const HASH: &[&str] = &["#"];
    const BOTH_QUOTES: &[char] = &['"', '\''];
    match language {
        "sh" => Grammar {
            line_comments: HASH,
            quotes: BOTH_QUOTES,
            keywords: &[
                "if", "then", "else", "elif", "fi", "for", "in", "do", "done", "while", "until", "case", "esac",
                "function", "return", "exit", "export", "local", "set", "trap", "exec", "echo", "printf", "sudo",
                "wait", "source",
            ],
            word_extra: &['-'],
            ..PLAIN
        },
        "go" => Grammar {
            quotes: &['"', '\'', '`'],
            keywords: &[
                "break",
                "case",
                "chan",
                "const",
                "continue",
                "default",
                "defer",
                "else",
                "fallthrough",
                "for",
                "func",
                "go",
                "goto",
                "if",
                "import",
                "interface",
                "map",
                "package",
                "range",
                "return",
                "select",
                "struct",
                "switch",
                "type",
                "var",
                "nil",
                "true",
                "false",
            ],
            ..C_LIKE
        },
        "python" => Grammar {
            line_comments: HASH,
            quotes: BOTH_QUOTES,
            keywords: &[
                "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else",
                "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "not", "or",
                "pass", "raise", "return", "try", "while", "with", "yield", "None", "True", "False",
            ],
            calls: true,
            ..PLAIN
        },
        "js" => Grammar {
            quotes: &['"', '\'', '`'],
            keywords: &[
                "async",
                "await",
                "break",
                "case",
                "catch",
                "class",
                "const",
                "continue",
                "default",
                "delete",
                "else",
                "export",
                "finally",
                "for",
                "function",
                "if",
                "import",
                "in",
                "instanceof",
                "let",
                "new",
                "null",
                "of",
                "return",
                "switch",
                "this",
                "throw",
                "try",
                "typeof",
                "undefined",
                "var",
                "while",
                "yield",
                "true",
                "false",
            ],
            ..C_LIKE
        },
        "java" => Grammar {
            keywords: &[
                "abstract",
                "boolean",
                "break",
                "case",
                "catch",
                "class",
                "const",
                "continue",
                "default",
                "do",
                "double",
                "else",
                "enum",
                "extends",
                "final",
                "finally",
                "for",
                "if",
                "implements",
                "import",
                "instanceof",
                "int",
                "interface",
                "long",
                "new",
                "null",
                "package",
                "private",
                "protected",
                "public",
                "return",
                "static",
                "super",
                "switch",
                "synchronized",
                "this",
                "throw",
                "throws",
                "try",
                "var",
                "void",
                "while",
                "true",
                "false",
            ],
            ..C_LIKE
        },
        "c" => Grammar {
            keywords: &[
                "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern",
                "for", "goto", "if", "int", "long", "return", "short", "signed", "sizeof", "static", "struct",
                "switch", "typedef", "union", "unsigned", "void", "volatile", "while", "NULL", "#include", "#define",
                "#if", "#ifdef", "#endif",
            ],
            word_extra: &['#'],
            ..C_LIKE
        },
        "rust" => Grammar {
            quotes: &['"'],
            keywords: &[
                "as", "async", "await", "break", "const", "continue", "else", "enum", "false", "fn", "for", "if",
                "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self", "Self",
                "static", "struct", "trait", "true", "type", "unsafe", "use", "where", "while",
            ],
            ..C_LIKE
        },
        "php" => Grammar {
            line_comments: &["//", "#"],
            keywords: &[
                "array",
                "as",
                "break",
                "case",
                "catch",
                "class",
                "const",
                "continue",
                "echo",
                "else",
                "elseif",
                "extends",
                "finally",
                "for",
                "foreach",
                "function",
                "if",
                "new",
                "null",
                "private",
                "protected",
                "public",
                "return",
                "static",
                "switch",
                "throw",
                "try",
                "use",
                "while",
                "true",
                "false",
            ],
            ..C_LIKE
        },
        "lua" => Grammar {
            line_comments: &["--"],
            quotes: BOTH_QUOTES,
            keywords: &[
                "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil",
                "not", "or", "repeat", "return", "then", "true", "until", "while",
            ],
            calls: true,
            ..PLAIN
        },
        "nginx" => Grammar {
            line_comments: HASH,
            quotes: BOTH_QUOTES,
            keywords: &[
                "http",
                "server",
                "location",
                "upstream",
                "events",
                "stream",
                "listen",
                "server_name",
                "proxy_pass",
                "root",
                "include",
                "return",
                "if",
                "set",
                "map",
                "on",
                "off",
            ],
            ..PLAIN
        },
        "haproxy" => Grammar {
            line_comments: HASH,
            quotes: BOTH_QUOTES,
            keywords: &[
                "global",
                "defaults",
                "frontend",
                "backend",
                "listen",
                "bind",
                "server",
                "mode",
                "timeout",
                "option",
                "balance",
                "acl",
                "use_backend",
                "default_backend",
                "retries",
                "http-request",
                "tcp-request",
            ],
            word_extra: &['-'],
            ..PLAIN
        },
        "ini" => Grammar { line_comments: &["#", ";"], quotes: &['"'], word_extra: &['.', '-'], ..PLAIN },
        "toml" => Grammar { line_comments: HASH, quotes: BOTH_QUOTES, keywords: &["true", "false"], ..PLAIN },
        "yaml" => Grammar {
            line_comments: HASH,
            quotes: BOTH_QUOTES,
            keywords: &["true", "false", "null", "yes", "no"],
            word_extra: &['-'],
            ..PLAIN
        },
        "json" => Grammar { quotes: &['"'], keywords: &["true", "false", "null"], ..PLAIN },
        "sql" => Grammar {
            line_comments: &["--"],
            block_comment: Some(("/*", "*/")),
            quotes: BOTH_QUOTES,
            keywords: &[
                "select", "from", "where", "insert", "into", "values", "update", "set", "delete", "and", "or", "not",
                "null", "begin", "commit", "rollback", "show", "table", "create", "join", "on", "order", "group", "by",
                "limit", "SELECT", "FROM", "WHERE", "INSERT", "INTO", "VALUES", "UPDATE", "SET", "DELETE", "AND", "OR",
                "NOT", "NULL", "BEGIN", "COMMIT", "ROLLBACK", "SHOW", "TABLE", "CREATE", "JOIN", "ON", "ORDER",
                "GROUP", "BY", "LIMIT", "LIKE",
            ],
            ..PLAIN
        },
        "http" => Grammar {
            keywords: &["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH"],
            word_extra: &['-'],
            ..PLAIN
        },
        "dockerfile" => Grammar {
            line_comments: HASH,
            quotes: BOTH_QUOTES,
            keywords: &[
                "FROM",
                "RUN",
                "CMD",
                "COPY",
                "ADD",
                "ENV",
                "ARG",
                "EXPOSE",
                "ENTRYPOINT",
                "WORKDIR",
                "USER",
                "LABEL",
                "AS",
                "HEALTHCHECK",
                "SHELL",
                "VOLUME",
            ],
            ..PLAIN
        },
        _ => PLAIN,
    }
}

/// A lexer's memory between lines: block comments and back-quoted strings run over line ends.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Inside {
    #[default]
    Code,
    Comment,
    BackQuote,
}

/// Colours lines of code. Unknown languages come back escaped, without colour.
pub fn highlight<'a>(language: &str, lines: impl Iterator<Item = &'a str>) -> Vec<SafeHtml> {
    let grammar = grammar(language);
    let mut inside = Inside::Code;
    lines.map(|line| SafeHtml(highlight_line(&grammar, line, &mut inside))).collect()
}

fn highlight_line(g: &Grammar, line: &str, inside: &mut Inside) -> String {
    let mut out = String::with_capacity(line.len() + 32);
    let mut rest = line;
    let mut previous: Option<char> = None;
    while let Some(first) = rest.chars().next() {
        let (class, taken) = match *inside {
            Inside::Comment => ("cm", take_until(rest, g.block_comment.map_or("", |(_, end)| end), inside)),
            Inside::BackQuote => ("st", take_until(rest, "`", inside)),
            Inside::Code => token(g, rest, previous, inside),
        };
        push(&mut out, class, &rest[..taken]);
        previous = rest[..taken].chars().next_back().or(Some(first));
        rest = &rest[taken..];
    }
    out
}

fn token(g: &Grammar, rest: &str, previous: Option<char>, inside: &mut Inside) -> (&'static str, usize) {
    let first = rest.chars().next().unwrap_or(' ');
    let at_word_start = previous.is_none_or(|c| c.is_whitespace());
    // `#` opens a comment only where a word could start: `$#` and `a#b` are code in shells.
    if g.line_comments.iter().any(|c| rest.starts_with(c) && (*c != "#" && *c != ";" || at_word_start)) {
        return ("cm", rest.len());
    }
    if let Some((begin, end)) = g.block_comment
        && rest.starts_with(begin)
    {
        *inside = Inside::Comment;
        let body = take_until(&rest[begin.len()..], end, inside);
        return ("cm", begin.len() + body);
    }
    if g.quotes.contains(&first) {
        if first == '`' {
            *inside = Inside::BackQuote;
            return ("st", 1 + take_until(&rest[1..], "`", inside));
        }
        return ("st", string_length(rest, first));
    }
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || g.word_extra.contains(&c);
    if is_word(first) {
        let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let word = &rest[..length];
        let class = if g.keywords.contains(&word) {
            "k"
        } else if first.is_ascii_digit() && !g.keywords.is_empty() {
            "nu"
        } else if g.calls && rest[length..].starts_with('(') {
            "fn"
        } else {
            ""
        };
        return (class, length);
    }
    ("", first.len_utf8())
}

/// The length up to and with `end`; without it the whole rest, and the lexer stays inside.
fn take_until(rest: &str, end: &str, inside: &mut Inside) -> usize {
    match rest.find(end) {
        Some(at) if !end.is_empty() => {
            *inside = Inside::Code;
            at + end.len()
        }
        _ => rest.len(),
    }
}

/// The length of a quoted string with backslash escapes; an unclosed one ends with the line.
fn string_length(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

fn push(out: &mut String, class: &str, text: &str) {
    if class.is_empty() {
        escape(out, text);
    } else {
        out.push_str("<span class=\"");
        out.push_str(class);
        out.push_str("\">");
        escape(out, text);
        out.push_str("</span>");
    }
}

/// Appends text with the five characters that HTML gives a meaning replaced.
pub fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(language: &str, code: &str, expected: &str) {
        let html: Vec<String> = highlight(language, code.lines()).into_iter().map(|h| h.0).collect();
        assert_eq!(html.join("\n"), expected);
    }

    #[test]
    fn tells_the_classes_apart() {
        check(
            "go",
            "if l := f(\"a\\\"b\", 10); l != nil { // why",
            "<span class=\"k\">if</span> l := <span class=\"fn\">f</span>(<span class=\"st\">&quot;a\\&quot;b&quot;</span>, \
             <span class=\"nu\">10</span>); l != <span class=\"k\">nil</span> { <span class=\"cm\">// why</span>",
        );
    }

    #[test]
    fn comments_and_raw_strings_run_over_lines() {
        check("c", "a /* b\nc */ d", "a <span class=\"cm\">/* b</span>\n<span class=\"cm\">c */</span> d");
        check("go", "x := `a\nb` + y", "x := <span class=\"st\">`a</span>\n<span class=\"st\">b`</span> + y");
    }

    #[test]
    fn a_hash_inside_a_word_is_no_comment() {
        check("sh", "echo $# a#b # c", "<span class=\"k\">echo</span> $# a#b <span class=\"cm\"># c</span>");
    }

    #[test]
    fn hostile_code_is_escaped() {
        check("text", "<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
    }
}
