//! The same documents in SQLite's full text search, in memory: what one would take otherwise.

use anyhow::Result;
use packet_clinic::domain::page_text::Block;
use packet_clinic::domain::{Case, Library};
use rusqlite::{Connection, params};

/// As many rows as our search looks at.
const ROWS: usize = 30;

/// A table with one of SQLite's tokenizers.
pub struct Sqlite {
    connection: Connection,
    grams: bool,
}

impl Sqlite {
    /// Builds it; `trigram` finds inside words and Han text, `unicode61` whole words.
    pub fn build(library: &Library, tokenizer: &str) -> Result<Sqlite> {
        let mut connection = Connection::open_in_memory()?;
        connection.execute_batch(&format!(
            "create virtual table d using fts5(title, signals, symptoms, body, content='', tokenize='{tokenizer}')"
        ))?;
        let writes = connection.transaction()?;
        {
            let mut insert =
                writes.prepare("insert into d(rowid, title, signals, symptoms, body) values (?1, ?2, ?3, ?4, ?5)")?;
            for (number, case) in (1_i64..).zip(library.cases()) {
                let [title, signals, symptoms, body] = texts(case, library);
                insert.execute(params![number, title, signals, symptoms, body])?;
            }
        }
        writes.execute("insert into d(d) values ('optimize')", [])?;
        writes.commit()?;
        Ok(Sqlite { connection, grams: tokenizer == "trigram" })
    }

    /// The best rows for any of a query's words, best first.
    pub fn search(&self, query: &str) -> Result<Vec<i64>> {
        let terms: Vec<String> = self.terms(query).iter().map(|term| format!("\"{term}\"")).collect();
        if terms.is_empty() {
            return Ok(Vec::new());
        }
        let mut select = self.connection.prepare("select rowid from d where d match ?1 order by bm25(d) limit ?2")?;
        let rows = select.query_map(params![terms.join(" OR "), ROWS as i64], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Words; where the table holds trigrams, those of Han runs.
    fn terms(&self, query: &str) -> Vec<String> {
        let mut terms: Vec<String> = Vec::new();
        for run in query.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty()) {
            let letters: Vec<char> = run.chars().collect();
            if !self.grams || run.is_ascii() && run.len() >= 3 {
                terms.push(run.to_lowercase());
            } else {
                terms.extend(letters.windows(3).map(|three| three.iter().collect::<String>()));
            }
        }
        terms.sort();
        terms.dedup();
        terms
    }
}

/// The texts that our index has fields for.
fn texts(case: &Case, library: &Library) -> [String; 4] {
    let both = [&case.text.zh, &case.text.en];
    let title = both.map(|text| text.title.as_str()).join("\n");
    let shown = case.signals.iter().filter_map(|s| library.signal(&s.id));
    let signals: Vec<String> = shown
        .flat_map(|s| [&s.name.zh, &s.name.en, &s.short.zh, &s.short.en].into_iter().chain(&s.spellings).cloned())
        .collect();
    let symptoms: Vec<&str> = case.symptoms.zh.iter().chain(&case.symptoms.en).map(String::as_str).collect();
    let mut body = String::new();
    for text in both {
        for line in [&text.description, &text.cause.text, &text.fix.text, &text.environment.text] {
            body.push_str(line);
            body.push('\n');
        }
        for block in text.sections.iter().flat_map(|section| &section.blocks) {
            if let Block::Words(html) = block {
                body.push_str(&html.plain());
            }
        }
    }
    [title, signals.join("\n"), symptoms.join("\n"), body]
}
