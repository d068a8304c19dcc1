//! The parts of a page that a change touches.

use metode::evaluation::{FieldView, FormView, GroupView, ItemView, RowView, SectionView};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{FormContext, Pages};

/// A part of the page: the element with this id takes the form of the HTML.
#[derive(Debug, Serialize)]
pub struct Fragment {
    /// Id of the element.
    pub id: String,
    /// What it becomes.
    pub html: String,
}

/// Level of the headings of groups that stand directly in a section.
const LEVEL: usize = 3;

/// The parts of the page that differ between two views of a response, and those that messages are about.
pub fn fragments(
    pages: &Pages,
    before: &FormView,
    after: &FormView,
    context: &FormContext,
) -> Result<Vec<Fragment>, minijinja::Error> {
    let mut changes = Changes {
        pages,
        context,
        section: "",
        found: Vec::new(),
    };
    for template in ["form/nav.html", "form/progress.html", "form/form_messages.html"] {
        let id = match template {
            "form/nav.html" => "form-nav",
            "form/progress.html" => "form-progress",
            _ => "form-messages",
        };
        changes.add(id.to_owned(), template, json!({"view": after, "ctx": context}))?;
    }
    for (before, after) in before.sections.iter().zip(&after.sections) {
        changes.section(before, after)?;
    }
    Ok(changes.found)
}

struct Changes<'a> {
    pages: &'a Pages,
    context: &'a FormContext,
    section: &'a str,
    found: Vec<Fragment>,
}

impl<'a> Changes<'a> {
    fn add(&mut self, id: String, template: &str, context: Json) -> Result<(), minijinja::Error> {
        let html = self.pages.render(template, context)?;
        self.found.push(Fragment { id, html });
        Ok(())
    }

    fn section(&mut self, before: &SectionView, after: &'a SectionView) -> Result<(), minijinja::Error> {
        if before.relevant != after.relevant {
            let context = json!({"section": after, "ctx": self.context});
            return self.add(format!("s-{}", after.id), "form/section.html", context);
        }
        if after.relevant {
            self.section = &after.title;
            self.items(&before.items, &after.items, LEVEL)?;
        }
        Ok(())
    }

    fn items(
        &mut self,
        before: &[ItemView],
        after: &[ItemView],
        depth: usize,
    ) -> Result<(), minijinja::Error> {
        for (before, after) in before.iter().zip(after) {
            match (before, after) {
                (ItemView::Field(old), ItemView::Field(new))
                    if !same_field(old, new) || self.is_told(new) =>
                {
                    let context = json!({"item": after, "ctx": self.context, "depth": depth});
                    self.add(format!("f-{}", new.path), "form/field.html", context)?;
                }
                (ItemView::Group(old), ItemView::Group(new)) => self.group(old, new, after, depth)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn group(
        &mut self,
        before: &GroupView,
        after: &GroupView,
        item: &ItemView,
        depth: usize,
    ) -> Result<(), minijinja::Error> {
        let told = self.context.removed.contains_key(&after.path);
        if told || !same_rows(before, after) {
            let section = json!({"title": self.section});
            let context = json!({"group": item, "section": section, "ctx": self.context, "depth": depth});
            return self.add(format!("g-{}", after.path), "form/group.html", context);
        }
        if !after.relevant {
            return Ok(());
        }
        if before.violations != after.violations {
            let context = json!({"group": after, "ctx": self.context});
            self.add(format!("gm-{}", after.path), "form/group_messages.html", context)?;
        }
        for (old, new) in before.rows.iter().zip(&after.rows) {
            self.row(old, new, after, depth + 1)?;
        }
        Ok(())
    }

    fn row(
        &mut self,
        before: &RowView,
        after: &RowView,
        group: &GroupView,
        depth: usize,
    ) -> Result<(), minijinja::Error> {
        if before.relevant != after.relevant || (after.relevant && before.title != after.title) {
            let group = json!({"path": group.path, "row_label": group.row_label});
            let context = json!({"row": after, "group": group, "ctx": self.context, "depth": depth});
            return self.add(format!("r-{}", after.path), "form/row.html", context);
        }
        if after.relevant {
            self.items(&before.items, &after.items, depth + 1)?;
        }
        Ok(())
    }

    /// Whether there is something to tell about what was typed in the field.
    fn is_told(&self, field: &FieldView) -> bool {
        let part = format!("{}.", field.path);
        let about =
            |path: &String| *path == field.path || (field.kind == "contact" && path.starts_with(&part));
        self.context.refused.keys().any(about) || self.context.conflicts.keys().any(about)
    }
}

/// Whether a field looks the same; a hidden one does, whatever it holds.
fn same_field(before: &FieldView, after: &FieldView) -> bool {
    if before.relevant != after.relevant {
        return false;
    }
    !after.relevant
        || (before.value == after.value
            && before.text == after.text
            && before.required == after.required
            && before.read_only == after.read_only
            && before.origin == after.origin
            && before.carried == after.carried
            && before.source_changed == after.source_changed
            && before.violations == after.violations
            && before.label == after.label
            && before.options == after.options)
}

/// Whether a group has the same rows to show and the same buttons.
fn same_rows(before: &GroupView, after: &GroupView) -> bool {
    let shape = |group: &GroupView| {
        group
            .rows
            .iter()
            .map(|row| (row.key.clone(), row.can_remove))
            .collect::<Vec<_>>()
    };
    before.relevant == after.relevant
        && (!after.relevant || (before.can_add == after.can_add && shape(before) == shape(after)))
}
