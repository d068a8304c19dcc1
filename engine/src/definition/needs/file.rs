//! A file of data needs as serde reads it. What may stand in it is explained in definitions/README.md.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Deserialize;

use super::super::mirror::{Constraint, RuleText, Section};

/// The data needs of a method, and the form in which a case notes what becomes of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeedsFile {
    pub form: String,
    pub title: String,
    #[serde(default)]
    pub order: u32,
    pub help: Option<String>,
    #[serde(default)]
    pub filled_by: Vec<String>,
    #[serde(default)]
    pub repeats: Vec<String>,
    pub response_title: Option<RuleText>,
    pub source: Option<String>,
    pub sections: Vec<Section>,
    #[serde(default)]
    pub constraints: Vec<Constraint>,
    pub status: String,
    pub received: Vec<String>,
    #[serde(default)]
    pub closed: Vec<String>,
    pub spent: Option<String>,
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    pub needs: Vec<Need>,
}

/// One data need: what must be obtained, and what the method's source says of it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    pub id: String,
    pub title: String,
    pub purpose: Option<String>,
    pub phases: Vec<String>,
    #[serde(default)]
    pub needed_by: Vec<String>,
    #[serde(default)]
    pub given_by: Vec<String>,
    #[serde(default)]
    pub held_in: Vec<String>,
    #[serde(default)]
    pub obtained_by: Vec<String>,
    pub structure: Option<String>,
    #[serde(default)]
    pub rights: Vec<String>,
    pub history: Option<bool>,
    pub volume: Option<String>,
    pub importance: Option<String>,
    pub availability: Option<String>,
    #[serde(default)]
    pub minutes: IndexMap<String, u32>,
    pub note: Option<String>,
    #[serde(default)]
    pub used_in: Vec<String>,
    #[serde(rename = "if")]
    pub condition: Option<RuleText>,
    pub source: Option<String>,
}

/// What a need says of one thing.
#[derive(Debug, Clone, PartialEq)]
pub enum Said<'a> {
    /// In words.
    Text(&'a str),
    /// With codes of the column's list.
    Codes(Vec<&'a str>),
    /// Yes or no.
    Flag(bool),
    /// Minutes by code of the column's list.
    Minutes(&'a IndexMap<String, u32>),
    /// Ids of phases.
    Phases(&'a [String]),
    /// Fields, `form.field`.
    Fields(&'a [String]),
}

/// The columns whose values are codes of a list.
pub const CODED: [&str; 9] = [
    "needed_by",
    "given_by",
    "held_in",
    "obtained_by",
    "structure",
    "rights",
    "importance",
    "availability",
    "minutes",
];

impl Need {
    /// All that it says, in the order of the columns.
    pub fn columns(&self) -> Vec<(&'static str, Said<'_>)> {
        fn text<'a>(key: &'static str, said: Option<&'a String>) -> Option<(&'static str, Said<'a>)> {
            said.map(|said| (key, Said::Text(said)))
        }
        fn codes<'a>(
            key: &'static str,
            said: impl IntoIterator<Item = &'a String>,
        ) -> Option<(&'static str, Said<'a>)> {
            let codes: Vec<&str> = said.into_iter().map(String::as_str).collect();
            (!codes.is_empty()).then_some((key, Said::Codes(codes)))
        }
        let minutes = (!self.minutes.is_empty()).then_some(("minutes", Said::Minutes(&self.minutes)));
        let used = (!self.used_in.is_empty()).then_some(("used_in", Said::Fields(&self.used_in)));
        [
            text("purpose", self.purpose.as_ref()),
            Some(("phases", Said::Phases(&self.phases))),
            codes("needed_by", &self.needed_by),
            codes("given_by", &self.given_by),
            codes("held_in", &self.held_in),
            codes("obtained_by", &self.obtained_by),
            codes("structure", &self.structure),
            codes("rights", &self.rights),
            self.history.map(|history| ("history", Said::Flag(history))),
            text("volume", self.volume.as_ref()),
            codes("importance", &self.importance),
            codes("availability", &self.availability),
            minutes,
            text("note", self.note.as_ref()),
            used,
            text("source", self.source.as_ref()),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// All its minutes.
    pub fn total(&self) -> u32 {
        self.minutes.values().sum()
    }
}
