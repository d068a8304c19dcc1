//! From what the receiver says to the place in the case that it is about.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The most problems of one report that are kept.
const KEPT: usize = 200;

/// A problem that the receiver, or a rule of the template, found in a report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// What it is called, for machines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What it says.
    pub message: String,
    /// The place, as the receiver names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The place in the report, as a JSON pointer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
}

/// Where an answer of the receiver holds what: JSON pointers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// The list of problems.
    pub issues: String,
    /// In a problem: its code.
    pub code: Option<String>,
    /// In a problem: what it says.
    pub message: String,
    /// In a problem: the place in the report, as names and numbers in dots and brackets behind a first name for the
    /// whole (`Report.entry[3].code`).
    pub path: Option<String>,
    /// In a problem: how grave it is, with the values that make it more than a remark; all are when left out.
    pub severity: Option<Severity>,
}

/// Which problems count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Severity {
    /// Where it stands.
    pub at: String,
    /// The values that count.
    pub counts: Vec<String>,
}

impl Reading {
    /// The problems that an answer tells of; none when it is not of the form expected.
    pub fn issues(&self, answer: &str) -> Vec<Issue> {
        let answer: Json = serde_json::from_str(answer).unwrap_or_default();
        let listed = answer.pointer(&self.issues).and_then(Json::as_array);
        let text = |issue: &Json, at: &Option<String>| {
            let value = issue.pointer(at.as_deref()?)?;
            Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        };
        let counts = |issue: &&Json| {
            self.severity.as_ref().is_none_or(|severity| {
                let found = issue.pointer(&severity.at).and_then(Json::as_str).unwrap_or_default();
                severity.counts.iter().any(|counting| counting == found)
            })
        };
        let issues = listed.into_iter().flatten().filter(counts).take(KEPT);
        issues
            .map(|issue| {
                let path = text(issue, &self.path);
                Issue {
                    code: text(issue, &self.code),
                    message: text(issue, &Some(self.message.clone())).unwrap_or_default(),
                    pointer: path.as_deref().map(pointer),
                    path,
                }
            })
            .collect()
    }
}

/// `Report.entry[3].code` as `/entry/3/code`.
fn pointer(path: &str) -> String {
    let steps = path
        .split(['.', '[', ']'])
        .filter(|step| !step.is_empty())
        .skip(1);
    steps.fold(String::new(), |pointer, step| pointer + "/" + step)
}

/// Whether one place is the other or lies within it.
fn within(inner: &str, outer: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The parts that a place is about: the smallest one around it; otherwise those within it.
pub fn about<'a, T>(pointer: &str, parts: &'a [T], place: impl Fn(&T) -> &str) -> Vec<&'a T> {
    let around = parts.iter().filter(|part| within(pointer, place(part)));
    if let Some(longest) = around.clone().map(|part| place(part).len()).max() {
        return around.filter(|part| place(part).len() == longest).collect();
    }
    parts.iter().filter(|part| within(place(part), pointer)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading() -> Reading {
        Reading {
            issues: "/issue".to_owned(),
            code: Some("/details/coding/0/code".to_owned()),
            message: "/details/text".to_owned(),
            path: Some("/expression/0".to_owned()),
            severity: Some(Severity {
                at: "/severity".to_owned(),
                counts: vec!["error".to_owned()],
            }),
        }
    }

    #[test]
    fn an_answer_is_read_as_the_template_says() {
        let answer = r#"{"issue": [
            {"severity": "error", "details": {"coding": [{"code": "c-1"}], "text": "Nej"}, "expression": ["Report.entry[12].resource.code"]},
            {"severity": "warning", "details": {"text": "Måske"}},
            {"severity": "error"}]}"#;
        let issues = reading().issues(answer);
        assert_eq!(issues.len(), 2);
        assert_eq!(issues[0].code.as_deref(), Some("c-1"));
        assert_eq!(issues[0].message, "Nej");
        assert_eq!(issues[0].pointer.as_deref(), Some("/entry/12/resource/code"));
        assert_eq!(issues[1], Issue::default());
        for nonsense in ["", "<html>", "[]", r#"{"issue": 3}"#] {
            assert_eq!(reading().issues(nonsense), []);
        }
    }

    #[test]
    fn a_place_is_about_the_smallest_part_around_it() {
        let parts = ["/entry/1", "/entry/1/code", "/entry/12", "/entry/1/code"];
        let found = |pointer: &str| about(pointer, &parts, |part| part).into_iter().copied().collect::<Vec<_>>();
        assert_eq!(found("/entry/1/code/text"), ["/entry/1/code", "/entry/1/code"]);
        assert_eq!(found("/entry/1/other"), ["/entry/1"]);
        assert_eq!(found("/entry/12/code"), ["/entry/12"]);
        assert_eq!(found("/entry"), parts);
        assert_eq!(found("/other"), [""; 0]);
    }
}
