//! From what the receiver says to the place in the case that it is about.

use metode::report::{Answers, Origin, Refusal};
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
    /// Where that comes from, when there is no report to look it up in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<Origin>,
}

/// The problems that an answer tells of; none when it is not of the form expected.
pub fn issues(answers: &Answers, answer: &str) -> Vec<Issue> {
    let answer: Json = serde_json::from_str(answer).unwrap_or_default();
    let listed = answer.pointer(&answers.issues).and_then(Json::as_array);
    let text = |issue: &Json, at: &str| {
        let value = issue.pointer(at)?;
        Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    let counts = |issue: &&Json| {
        answers.severity.as_ref().is_none_or(|severity| {
            let found = issue
                .pointer(&severity.at)
                .and_then(Json::as_str)
                .unwrap_or_default();
            severity.counts.iter().any(|counting| counting == found)
        })
    };
    let issues = listed.into_iter().flatten().filter(counts).take(KEPT);
    issues
        .map(|issue| {
            let path = answers.path.as_deref().and_then(|at| text(issue, at));
            Issue {
                code: answers.code.as_deref().and_then(|at| text(issue, at)),
                message: text(issue, &answers.message).unwrap_or_default(),
                pointer: path.as_deref().map(pointer),
                path,
                origins: Vec::new(),
            }
        })
        .collect()
}

impl From<Refusal> for Issue {
    fn from(refusal: Refusal) -> Self {
        Self {
            code: None,
            message: refusal.message,
            path: refusal.resource.map(|address| address.to_string()),
            pointer: None,
            origins: refusal.origins,
        }
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

    fn answers() -> Answers {
        serde_json::from_value(serde_json::json!({
            "issues": "/issue",
            "code": "/details/coding/0/code",
            "message": "/details/text",
            "path": "/expression/0",
            "severity": {"at": "/severity", "counts": ["error"]},
        }))
        .unwrap()
    }

    #[test]
    fn an_answer_is_read_as_the_template_says() {
        let answer = r#"{"issue": [
            {"severity": "error", "details": {"coding": [{"code": "c-1"}], "text": "Nej"}, "expression": ["Report.entry[12].resource.code"]},
            {"severity": "warning", "details": {"text": "Måske"}},
            {"severity": "error"}]}"#;
        let found = issues(&answers(), answer);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].code.as_deref(), Some("c-1"));
        assert_eq!(found[0].message, "Nej");
        assert_eq!(found[0].pointer.as_deref(), Some("/entry/12/resource/code"));
        assert_eq!(found[1], Issue::default());
        for nonsense in ["", "<html>", "[]", r#"{"issue": 3}"#] {
            assert_eq!(issues(&answers(), nonsense), []);
        }
    }

    #[test]
    fn a_place_is_about_the_smallest_part_around_it() {
        let parts = ["/entry/1", "/entry/1/code", "/entry/12", "/entry/1/code"];
        let found = |pointer: &str| {
            about(pointer, &parts, |part| part)
                .into_iter()
                .copied()
                .collect::<Vec<_>>()
        };
        assert_eq!(found("/entry/1/code/text"), ["/entry/1/code", "/entry/1/code"]);
        assert_eq!(found("/entry/1/other"), ["/entry/1"]);
        assert_eq!(found("/entry/12/code"), ["/entry/12"]);
        assert_eq!(found("/entry"), parts);
        assert_eq!(found("/other"), [""; 0]);
    }
}
