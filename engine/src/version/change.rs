//! What differs between two versions of a method, and what it means for those who work with them.

use serde::Serialize;

use crate::definition::Place;

/// What a change means, from the harmless to the grave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Only what people read.
    Wording,
    /// Something more can be answered, or something less is demanded.
    Addition,
    /// More is demanded; what is answered stays an answer.
    Tightening,
    /// Answers that were right may no longer be, or no longer be seen.
    Breaking,
    /// The same answers give other data points.
    Reported,
}

impl Class {
    /// All classes.
    pub const ALL: [Self; 5] = [
        Self::Wording,
        Self::Addition,
        Self::Tightening,
        Self::Breaking,
        Self::Reported,
    ];

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Wording => "wording",
            Self::Addition => "addition",
            Self::Tightening => "tightening",
            Self::Breaking => "breaking for answers",
            Self::Reported => "changes what is reported",
        }
    }

    /// The part of a version's number that a change of this class must raise.
    pub fn bump(self) -> Bump {
        match self {
            Self::Wording => Bump::Patch,
            Self::Addition | Self::Tightening => Bump::Minor,
            Self::Breaking | Self::Reported => Bump::Major,
        }
    }
}

/// A part of a version's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bump {
    /// The third.
    Patch,
    /// The second.
    Minor,
    /// The first.
    Major,
}

impl Bump {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }

    /// The number that follows a version when this part is raised.
    pub fn next(self, version: &str) -> String {
        let [major, minor, patch] = parts(version);
        match self {
            Self::Patch => format!("{major}.{minor}.{}", patch + 1),
            Self::Minor => format!("{major}.{}.0", minor + 1),
            Self::Major => format!("{}.0.0", major + 1),
        }
    }

    /// The part that was raised from one version to another; `None` when the other is not newer.
    pub fn between(from: &str, to: &str) -> Option<Self> {
        let (from, to) = (parts(from), parts(to));
        if to <= from {
            return None;
        }
        let raised = from.iter().zip(to).position(|(from, to)| *from != to);
        raised.map(|place| match place {
            0 => Self::Major,
            1 => Self::Minor,
            _ => Self::Patch,
        })
    }
}

fn parts(version: &str) -> [u64; 3] {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

/// What happened to something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It stands elsewhere.
    Moved,
    /// It has another id.
    Renamed,
    /// It holds another kind of answer.
    Retyped,
    /// A property of it is another; the change names the property.
    Changed,
}

impl What {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Moved => "moved",
            Self::Renamed => "renamed",
            Self::Retyped => "retyped",
            Self::Changed => "changed",
        }
    }
}

/// The part of a method in which something changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum Part {
    /// The method itself: phases, roles, parameters.
    Method,
    /// A form, or `case` or `citizen`, by id.
    Form(String),
    /// A code list.
    List(String),
    /// The data needs.
    Needs,
    /// The data points.
    DataPoints,
}

impl Part {
    /// As a heading.
    pub fn heading(&self) -> String {
        match self {
            Self::Method => "method".to_owned(),
            Self::Form(id) => format!("form {id}"),
            Self::List(name) => format!("list {name}"),
            Self::Needs => "data needs".to_owned(),
            Self::DataPoints => "data points".to_owned(),
        }
    }
}

/// One difference between two versions.
#[derive(Debug, Clone)]
pub struct Change {
    /// The part in which it is.
    pub part: Part,
    /// What it is about: a field's path, a code, a data point; empty for the part as a whole.
    pub at: String,
    /// What happened.
    pub what: What,
    /// The property, when one changed.
    pub key: Option<&'static str>,
    /// What it means.
    pub class: Class,
    /// How it was.
    pub before: Option<String>,
    /// How it is.
    pub after: Option<String>,
    /// Where it stands in the first version.
    pub old: Option<Place>,
    /// Where it stands in the second version.
    pub new: Option<Place>,
    /// What a reader should know, for instance that something is guessed.
    pub note: Option<String>,
    /// For a changed rule: what the cases of both versions say.
    pub behaviour: Option<Behaviour>,
}

impl Change {
    /// A change of which nothing is known yet but what happened.
    pub(super) fn new(part: &Part, at: impl Into<String>, what: What, class: Class) -> Self {
        Self {
            part: part.clone(),
            at: at.into(),
            what,
            key: None,
            class,
            before: None,
            after: None,
            old: None,
            new: None,
            note: None,
            behaviour: None,
        }
    }

    pub(super) fn key(mut self, key: &'static str) -> Self {
        self.key = Some(key);
        self
    }

    pub(super) fn texts(mut self, before: Option<&str>, after: Option<&str>) -> Self {
        self.before = before.map(str::to_owned);
        self.after = after.map(str::to_owned);
        self
    }

    pub(super) fn places(mut self, old: Option<&Place>, new: Option<&Place>) -> Self {
        self.old = old.cloned();
        self.new = new.cloned();
        self
    }
}

/// How a changed rule behaves in the cases beside both versions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Behaviour {
    /// How often both rules were asked with the same answers.
    pub asked: usize,
    /// How often they gave something else.
    pub different: usize,
    /// Some of these: where, before and after.
    pub examples: Vec<Example>,
}

/// One place where a changed rule comes out differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Example {
    /// The case file.
    pub case: String,
    /// The response and the path in it.
    pub at: String,
    /// What the first version gives.
    pub before: String,
    /// What the second version gives.
    pub after: String,
}

/// All differences between two versions.
#[derive(Debug, Clone)]
pub struct Diff {
    /// The first version, `id@version`.
    pub from: String,
    /// The second version.
    pub to: String,
    /// The changes, by part, in document order.
    pub changes: Vec<Change>,
}

impl Diff {
    /// The gravest class; `None` when nothing changed.
    pub fn class(&self) -> Option<Class> {
        self.changes.iter().map(|change| change.class).max()
    }

    /// How many changes are of a class.
    pub fn count(&self, class: Class) -> usize {
        self.changes.iter().filter(|change| change.class == class).count()
    }

    /// The number that must follow the first version at least; `None` when nothing changed.
    pub fn honest(&self) -> Option<String> {
        Some(self.class()?.bump().next(version(&self.from)))
    }

    /// Whether the second version's number hides none of the classes.
    pub fn is_honest(&self) -> bool {
        let raised = Bump::between(version(&self.from), version(&self.to));
        self.class()
            .is_none_or(|class| raised.is_some_and(|raised| raised >= class.bump()))
    }
}

fn version(name: &str) -> &str {
    name.split_once('@').map_or(name, |(_, version)| version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_says_which_part_was_raised() {
        assert_eq!(Bump::between("1.3.0", "2.0.0"), Some(Bump::Major));
        assert_eq!(Bump::between("1.3.0", "1.4.0"), Some(Bump::Minor));
        assert_eq!(Bump::between("1.3.9", "1.3.10"), Some(Bump::Patch));
        assert_eq!(Bump::between("1.3.1", "1.3.0"), None);
        assert_eq!(Bump::between("2.0.0", "2.0.0"), None);
        assert_eq!(Bump::Minor.next("1.3.7"), "1.4.0");
    }
}
