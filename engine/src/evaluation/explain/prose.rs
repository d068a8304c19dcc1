//! Sentences in which labels, values and rules can be told from the words around them.

use serde::Serialize;

use crate::definition::Texts;

/// A sentence, or a part of one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Prose(pub Vec<Word>);

/// A stretch of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Word {
    /// What is read.
    pub text: String,
    /// What it is.
    pub role: Role,
    /// The field that it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
}

/// What a stretch of a sentence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Words of the language.
    Plain,
    /// The label of a field, or a title.
    Label,
    /// An answer or another value.
    Value,
    /// A rule as written.
    Rule,
}

/// Where a field can be found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Where the field stands.
    pub place: Place,
    /// Id of the response, when it stands in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<String>,
    /// Path of the field or group.
    pub path: String,
    /// Whether it is a group.
    pub group: bool,
    /// Whether it is shown there.
    pub shown: bool,
}

/// What a field belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// The response that is explained.
    Here,
    /// Another response.
    Response,
    /// What is known of the case.
    Case,
    /// What is known of the citizen.
    Citizen,
}

impl Prose {
    /// One stretch.
    pub fn one(role: Role, text: impl Into<String>) -> Self {
        Self(vec![Word {
            text: text.into(),
            role,
            link: None,
        }])
    }

    /// A value.
    pub fn value(text: impl Into<String>) -> Self {
        Self::one(Role::Value, text)
    }

    /// A label, with where the field is found.
    pub fn label(text: impl Into<String>, link: Option<Link>) -> Self {
        Self(vec![Word {
            text: text.into(),
            role: Role::Label,
            link,
        }])
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text of a key with `{name}` filled in.
    pub fn of(texts: &Texts, key: &str, parts: &[(&str, &Prose)]) -> Self {
        let template = texts.get(key, &[]);
        let mut prose = Self::default();
        let mut rest = template.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, behind)) = after.split_once('}') else {
                break;
            };
            prose.push_plain(before);
            match parts.iter().find(|(other, _)| *other == name) {
                Some((_, part)) => prose.push(part),
                None => prose.push_plain(&format!("{{{name}}}")),
            }
            rest = behind;
        }
        prose.push_plain(rest);
        prose
    }

    /// One after the other, as the language lists things: `a, b and c`.
    pub fn list(texts: &Texts, items: Vec<Self>) -> Self {
        Self::joined(texts, items, "why_and")
    }

    /// The same with another word before the last one.
    pub fn joined(texts: &Texts, items: Vec<Self>, conjunction: &str) -> Self {
        let mut said: Vec<Self> = Vec::new();
        for item in items {
            if !item.is_empty() && !said.contains(&item) {
                said.push(item);
            }
        }
        let count = said.len();
        let mut prose = Self::default();
        for (index, item) in said.into_iter().enumerate() {
            if index > 0 {
                let last = index + 1 == count;
                let key = if last { conjunction } else { "why_comma" };
                prose.push_plain(&texts.get(key, &[]));
            }
            prose.push(&item);
        }
        prose
    }

    /// A stop behind an abbreviation is one stop.
    fn push_plain(&mut self, text: &str) {
        let stopped = self.0.last().is_some_and(|last| last.text.ends_with(['.', '…']));
        let text = text.strip_prefix('.').filter(|_| stopped).unwrap_or(text);
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if last.role == Role::Plain => last.text.push_str(text),
            _ => self.0.extend(Self::one(Role::Plain, text).0),
        }
    }

    fn push(&mut self, other: &Self) {
        for word in &other.0 {
            match word.role {
                Role::Plain => self.push_plain(&word.text),
                _ => self.0.push(word.clone()),
            }
        }
    }

    /// Everything as one text; labels between quotation marks, rules between backticks.
    pub fn text(&self) -> String {
        let word = |word: &Word| match word.role {
            Role::Plain | Role::Value => word.text.clone(),
            Role::Label => format!("\"{}\"", word.text),
            Role::Rule => format!("`{}`", word.text),
        };
        self.0.iter().map(word).collect()
    }
}
