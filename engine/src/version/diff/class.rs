//! What a change means, and the number that a version must have for it.

use serde::Serialize;

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

    /// Its name in JSON and addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wording => "wording",
            Self::Addition => "addition",
            Self::Tightening => "tightening",
            Self::Breaking => "breaking",
            Self::Reported => "reported",
        }
    }

    /// The class of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

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
