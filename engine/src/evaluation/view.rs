//! A response as a page, a program or a test sees it: the tree of sections, fields and rows with everything
//! that the rules say about them. Serialised, this is the outcome of the command line and the API.

use serde::Serialize;

use crate::case::Origin;
use crate::diagnostic::Severity;

/// One response of a form, evaluated.
#[derive(Debug, Clone, Serialize)]
pub struct FormView {
    /// Id of the form.
    pub form: String,
    /// Title of the form.
    pub title: String,
    /// What tells this response apart from others of the form, when the form says so.
    pub response_title: Option<String>,
    /// Help for the form as a whole.
    pub help: Option<String>,
    /// The sections in order, also those that are hidden.
    pub sections: Vec<SectionView>,
    /// Violations of the form's own constraints that name no field.
    pub violations: Vec<Violation>,
    /// How far the response is.
    pub progress: Progress,
}

/// Counts that tell how far a response is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Relevant fields that somebody answers (computed and read-only ones are not counted).
    pub fields: usize,
    /// Those of them that have an answer.
    pub answered: usize,
    /// Required fields without an answer.
    pub missing: usize,
    /// Violations that stop completing, missing answers included.
    pub errors: usize,
    /// Violations that must be acknowledged and are not.
    pub warnings: usize,
}

/// One section of a form.
#[derive(Debug, Clone, Serialize)]
pub struct SectionView {
    /// Id within the form.
    pub id: String,
    /// Heading.
    pub title: String,
    /// Help below the heading.
    pub help: Option<String>,
    /// Whether the section is shown.
    pub relevant: bool,
    /// Fields and groups in order, also hidden ones.
    pub items: Vec<ItemView>,
    /// How far the section is.
    pub progress: Progress,
}

/// A field or a group.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum ItemView {
    /// A single field.
    Field(Box<FieldView>),
    /// Rows.
    Group(GroupView),
}

/// One field of a response.
#[derive(Debug, Clone, Serialize)]
pub struct FieldView {
    /// Where the field stands: ids and row keys joined with dots; unique in the response.
    pub path: String,
    /// Id as the definition has it.
    pub id: String,
    /// Label.
    pub label: String,
    /// The question behind the label.
    pub question: Option<String>,
    /// Help text.
    pub help: Option<String>,
    /// Shown in the empty control.
    pub placeholder: Option<String>,
    /// Name of the field type.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What can be chosen, headings included.
    pub options: Vec<OptionView>,
    /// The answer as case files write it: codes, ISO dates, numbers; `null` when unanswered.
    pub value: serde_json::Value,
    /// The answer in words: labels instead of codes; empty when unanswered.
    pub text: String,
    /// Whether the field is shown and known to rules.
    pub relevant: bool,
    /// Whether completing needs an answer.
    pub required: bool,
    /// Whether the control is closed.
    pub read_only: bool,
    /// Where the value came from; `None` when there is none.
    pub origin: Option<Origin>,
    /// For carried values: from where, in words for the caseworker.
    pub carried: Option<String>,
    /// For copied values whose source has another value by now: a message and the source's value in words.
    pub source_changed: Option<SourceChanged>,
    /// What is wrong with the value.
    pub violations: Vec<Violation>,
    /// Ids of the marks.
    pub marks: Vec<String>,
    /// Whether it may appear in lists, addresses and logs.
    pub confidential: bool,
    /// Whether there is a rule that could be explained (visibility, requirement, value or constraint).
    pub explainable: bool,
}

/// A copied value whose source is another one by now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceChanged {
    /// Message for the caseworker.
    pub message: String,
    /// The source's value now, in words.
    pub text: String,
    /// The source's value now, as an answer.
    pub value: serde_json::Value,
}

/// Something that can be chosen, or a heading above such.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OptionView {
    /// Code; what an answer holds.
    pub code: String,
    /// Label as printed.
    pub label: String,
    /// Wording in brackets behind the label.
    pub help: Option<String>,
    /// Legal provision.
    pub provision: Option<String>,
    /// Depth below the list's (or branch's) first level.
    pub depth: usize,
    /// A heading cannot be chosen.
    pub heading: bool,
    /// Whether the answer holds it.
    pub selected: bool,
    /// That it has ended since it was chosen, in words.
    pub ended: Option<String>,
    /// Path of the text field that choosing it opens.
    pub free_text: Option<String>,
}

/// A group with its rows.
#[derive(Debug, Clone, Serialize)]
pub struct GroupView {
    /// Path of the group.
    pub path: String,
    /// Id as the definition has it.
    pub id: String,
    /// Heading.
    pub label: String,
    /// Question.
    pub question: Option<String>,
    /// Help text.
    pub help: Option<String>,
    /// What one row is called.
    pub row_label: String,
    /// Whether rows can be added.
    pub can_add: bool,
    /// Whether any of it is shown.
    pub relevant: bool,
    /// The rows in order, also hidden ones.
    pub rows: Vec<RowView>,
    /// What is wrong with the rows taken together.
    pub violations: Vec<Violation>,
    /// Whether there is a rule that could be explained.
    pub explainable: bool,
}

/// One row of a group.
#[derive(Debug, Clone, Serialize)]
pub struct RowView {
    /// Key for life: the concept's code, or a key given when the row was added.
    pub key: String,
    /// Path of the row.
    pub path: String,
    /// What names the row: the concept's label, the group's `row_title`, or the row's number.
    pub title: String,
    /// Whether the row is shown and known to rules.
    pub relevant: bool,
    /// Whether it can be removed.
    pub can_remove: bool,
    /// Fields and groups of the row.
    pub items: Vec<ItemView>,
}

/// Something that a rule, or the type of a field, finds wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Path of the field or group; empty for the form as a whole.
    pub path: String,
    /// `error` stops completing, `warning` must be acknowledged, `note` is shown.
    pub severity: Severity,
    /// Message for the caseworker.
    pub message: String,
    /// What identifies the rule within the form: `required`, `type`, `options`, or the text of the constraint.
    pub rule: String,
    /// The reason with which a warning was acknowledged.
    pub acknowledged: Option<String>,
}

impl FormView {
    /// Visits every field and group in document order, hidden ones too, groups before what stands in them; with each, whether
    /// everything around it is shown.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a ItemView, bool)) {
        fn inside<'a>(items: &'a [ItemView], shown: bool, visit: &mut dyn FnMut(&'a ItemView, bool)) {
            for item in items {
                visit(item, shown);
                if let ItemView::Group(group) = item {
                    group
                        .rows
                        .iter()
                        .for_each(|row| inside(&row.items, shown && group.relevant && row.relevant, visit));
                }
            }
        }
        self.sections
            .iter()
            .for_each(|section| inside(&section.items, section.relevant, visit));
    }

    /// Every field, hidden ones too.
    pub fn fields(&self) -> Vec<&FieldView> {
        let mut found = Vec::new();
        self.walk(&mut |item, _| {
            if let ItemView::Field(field) = item {
                found.push(&**field);
            }
        });
        found
    }

    /// Every group, hidden ones too.
    pub fn groups(&self) -> Vec<&GroupView> {
        let mut found = Vec::new();
        self.walk(&mut |item, _| {
            if let ItemView::Group(group) = item {
                found.push(group);
            }
        });
        found
    }

    /// Every violation of what is shown, those of the form as a whole last.
    pub fn all_violations(&self) -> Vec<&Violation> {
        let mut found = Vec::new();
        self.walk(&mut |item, shown| match item {
            ItemView::Field(field) if shown && field.relevant => found.extend(&field.violations),
            ItemView::Group(group) if shown && group.relevant => found.extend(&group.violations),
            _ => {}
        });
        found.extend(&self.violations);
        found
    }
}
