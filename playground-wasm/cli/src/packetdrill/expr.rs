//! `assert` lines about tcp_info: comparisons of whole numbers, as Python would read them.

use std::collections::BTreeMap;

/// Runs assertions; the first that fails is told.
pub fn run(code: &str, values: &BTreeMap<&'static str, i64>) -> Result<(), String> {
    let joined = code.replace("\\\n", " ");
    let mut values = values.clone();
    for statement in joined.split(['\n', ';']) {
        let s = statement.trim();
        if s.is_empty() || s.starts_with('#') || s.starts_with("print") || s.starts_with("import ") {
            continue;
        }
        if let Some((name, value)) = s.split_once(" = ")
            && let Some(known) = values.keys().find(|k| **k == name.trim()).copied()
        {
            let tokens = tokens(value.trim_start_matches("0x"))?;
            let hex = value.trim().strip_prefix("0x").and_then(|h| i64::from_str_radix(h, 16).ok());
            let v = match hex {
                Some(v) => v,
                None => Parser { tokens: &tokens, at: 0, values: &values }.or()?,
            };
            values.insert(known, v);
            continue;
        }
        let values = &values;
        let Some(rest) = s.strip_prefix("assert") else { return Err(format!("{s}: only assert is supported")) };
        let tokens = tokens(rest)?;
        let mut p = Parser { tokens: &tokens, at: 0, values };
        let holds = p.or()?;
        if p.at < tokens.len() {
            return Err(format!("{s}: this is not supported in an assertion"));
        }
        if holds == 0 {
            return Err(format!("{}: it is not so ({})", s, told(rest, values)));
        }
    }
    Ok(())
}

fn told(text: &str, values: &BTreeMap<&'static str, i64>) -> String {
    values
        .iter()
        .filter(|(k, _)| text.contains(**k) && k.starts_with("tcpi"))
        .map(|(k, v)| format!("{k} = {v}"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(i64),
    Name(String),
    Sign(&'static str),
}

const SIGNS: [&str; 15] = ["==", "!=", "<=", ">=", "<", ">", "(", ")", "+", "-", "*", "/", ",", "%", "&"];
/// Parts of one assertion.
const MOST_TOKENS: usize = 400;

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(c) = rest.chars().next() {
        if c.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            let whole = rest[..end].split('.').next().unwrap_or("0");
            out.push(Token::Number(whole.parse().map_err(|_| format!("{} is no number", &rest[..end]))?));
            rest = &rest[end..];
        } else if c.is_ascii_alphabetic() || c == '_' {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            out.push(Token::Name(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if let Some(sign) = SIGNS.iter().find(|s| rest.starts_with(**s)) {
            // What follows the first comma is the message.
            if *sign == ","
                && out.iter().filter(|t| **t == Token::Sign("(")).count()
                    == out.iter().filter(|t| **t == Token::Sign(")")).count()
            {
                return Ok(out);
            }
            out.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            return Err(format!("{c} is not known in an assertion"));
        }
        rest = rest.trim_start();
        if out.len() > MOST_TOKENS {
            return Err(format!("an assertion of more than {MOST_TOKENS} parts"));
        }
    }
    Ok(out)
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    values: &'a BTreeMap<&'static str, i64>,
}

impl Parser<'_> {
    fn word(&mut self, w: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Name(n)) if n == w);
        self.at += usize::from(found);
        found
    }

    fn sign(&mut self, all: &[&'static str]) -> Option<&'static str> {
        match self.tokens.get(self.at) {
            Some(Token::Sign(s)) if all.contains(s) => {
                self.at += 1;
                Some(s)
            }
            _ => None,
        }
    }

    fn or(&mut self) -> Result<i64, String> {
        let mut v = self.and()?;
        while self.word("or") {
            let w = self.and()?;
            v = i64::from(v != 0 || w != 0);
        }
        Ok(v)
    }

    fn and(&mut self) -> Result<i64, String> {
        let mut v = self.not()?;
        while self.word("and") {
            let w = self.not()?;
            v = i64::from(v != 0 && w != 0);
        }
        Ok(v)
    }

    fn not(&mut self) -> Result<i64, String> {
        if self.word("not") { Ok(i64::from(self.not()? == 0)) } else { self.compared() }
    }

    fn bits(&mut self) -> Result<i64, String> {
        let mut v = self.sum()?;
        while self.sign(&["&"]).is_some() {
            v &= self.sum()?;
        }
        Ok(v)
    }

    fn compared(&mut self) -> Result<i64, String> {
        let mut left = self.bits()?;
        let mut all = None;
        while let Some(sign) = self.sign(&["==", "!=", "<=", ">=", "<", ">"]) {
            let right = self.bits()?;
            let so = match sign {
                "==" => left == right,
                "!=" => left != right,
                "<=" => left <= right,
                ">=" => left >= right,
                "<" => left < right,
                _ => left > right,
            };
            all = Some(all.unwrap_or(true) && so);
            left = right;
        }
        Ok(all.map_or(left, i64::from))
    }

    fn sum(&mut self) -> Result<i64, String> {
        let mut v = self.product()?;
        while let Some(sign) = self.sign(&["+", "-"]) {
            let w = self.product()?;
            v = if sign == "+" { v.checked_add(w) } else { v.checked_sub(w) }.ok_or("a number too large")?;
        }
        Ok(v)
    }

    fn product(&mut self) -> Result<i64, String> {
        let mut v = self.atom()?;
        while let Some(sign) = self.sign(&["*", "/"]) {
            let w = self.atom()?;
            v = if sign == "*" { v.checked_mul(w) } else { v.checked_div(w) }.ok_or("no number")?;
        }
        Ok(v)
    }

    fn atom(&mut self) -> Result<i64, String> {
        match self.tokens.get(self.at).cloned() {
            Some(Token::Number(n)) => {
                self.at += 1;
                Ok(n)
            }
            Some(Token::Name(n)) => {
                self.at += 1;
                self.values.get(n.as_str()).copied().ok_or(format!("{n} is not known"))
            }
            Some(Token::Sign("(")) => {
                self.at += 1;
                let v = self.or()?;
                self.sign(&[")"]).ok_or(") is missing")?;
                Ok(v)
            }
            Some(Token::Sign("-")) => {
                self.at += 1;
                self.atom()?.checked_neg().ok_or("a number too large".to_owned())
            }
            other => Err(format!("{other:?} in an assertion")),
        }
    }
}
