//! Finding one's way in the view of a response.

use metode::evaluation::{FieldView, FormView, GroupView, ItemView, Violation};

/// A violation with the label of what it is about and where it stands on the page.
#[derive(Debug, Clone)]
pub struct Found {
    /// Label of the field or group; empty for the form as a whole.
    pub label: String,
    /// Anchor on the page; empty for the form as a whole.
    pub anchor: String,
    /// The violation.
    pub violation: Violation,
}

/// All fields, hidden ones too.
pub fn fields(view: &FormView) -> Vec<&FieldView> {
    let mut found = Vec::new();
    walk(view, &mut |item, _| {
        if let ItemView::Field(field) = item {
            found.push(&**field);
        }
    });
    found
}

/// The field that something posted under this path belongs to; a contact is posted part by part.
pub fn field<'a>(view: &'a FormView, path: &str) -> Option<&'a FieldView> {
    let whole = path.rsplit_once('.').map(|(whole, _)| whole);
    fields(view)
        .into_iter()
        .find(|field| field.path == path || (field.kind == "contact" && Some(field.path.as_str()) == whole))
}

/// The group with this path.
pub fn group<'a>(view: &'a FormView, path: &str) -> Option<&'a GroupView> {
    let mut found = None;
    walk(view, &mut |item, _| {
        if let ItemView::Group(group) = item
            && group.path == path
        {
            found = Some(group);
        }
    });
    found
}

/// What the row around a field is called, outermost first when rows stand in rows.
pub fn rows_around<'a>(view: &'a FormView, path: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    walk(view, &mut |item, _| {
        if let ItemView::Group(group) = item {
            let around = group.rows.iter().filter(|row| {
                path.strip_prefix(row.path.as_str())
                    .is_some_and(|rest| rest.starts_with('.'))
            });
            found.extend(around.map(|row| row.title.as_str()));
        }
    });
    found
}

/// What is wrong with what is shown, in the order of the page.
pub fn violations(view: &FormView) -> Vec<Found> {
    let mut found: Vec<Found> = view
        .violations
        .iter()
        .map(|violation| Found {
            label: String::new(),
            anchor: String::new(),
            violation: violation.clone(),
        })
        .collect();
    walk(view, &mut |item, shown| {
        let (label, anchor, list) = match item {
            ItemView::Field(field) if shown && field.relevant => {
                (&field.label, format!("f-{}", field.path), &field.violations)
            }
            ItemView::Group(group) if shown && group.relevant => {
                (&group.label, format!("g-{}", group.path), &group.violations)
            }
            _ => return,
        };
        found.extend(list.iter().map(|violation| Found {
            label: label.clone(),
            anchor: anchor.clone(),
            violation: violation.clone(),
        }));
    });
    found
}

/// Calls for every field and group, telling whether what is around it is shown.
fn walk<'a>(view: &'a FormView, call: &mut impl FnMut(&'a ItemView, bool)) {
    for section in &view.sections {
        walk_items(&section.items, section.relevant, call);
    }
}

fn walk_items<'a>(items: &'a [ItemView], shown: bool, call: &mut impl FnMut(&'a ItemView, bool)) {
    for item in items {
        call(item, shown);
        if let ItemView::Group(group) = item {
            for row in &group.rows {
                walk_items(&row.items, shown && group.relevant && row.relevant, call);
            }
        }
    }
}
