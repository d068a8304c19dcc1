//! From a form's file to a `Form`: fields in flat lists, options and carries resolved, rules noted for compiling.

mod options;

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, OnceLock};

use foldhash::fast::RandomState;
use indexmap::IndexMap;

use super::catalogue::List;
use super::form::{Block, BlockIx, Dependants, Field, FieldIx, Form, Group, Kind, Section, Target};
use super::inherit::{self, Files, FormFile};
use super::mirror::{self, RuleText};
use super::yaml::Document;
use crate::diagnostic::Diagnostic;
use crate::source::Place;

/// The lists that a method's catalogues hold, by `catalogue.list` and in that order; rules look for them all the time.
pub type Lists = IndexMap<String, Arc<List>, RandomState>;

/// A form whose structure stands and whose rules are still texts.
#[derive(Debug)]
pub struct Draft {
    /// The form, without rules.
    pub form: Form,
    /// Its file.
    pub document: Arc<Document>,
    /// The rules to compile.
    pub rules: Vec<Pending>,
    /// Carries to resolve when all forms stand: field, path, pointer.
    pub carries: Vec<(FieldIx, mirror::Carry, String)>,
    /// References to resolve: field, path, pointer.
    pub references: Vec<(FieldIx, String, String)>,
    /// The names that rows have in rules: block, pointer.
    pub row_names: Vec<(BlockIx, String)>,
}

/// A rule that is still a text.
#[derive(Debug)]
pub struct Pending {
    /// What it is for.
    pub site: Site,
    /// The text.
    pub text: String,
    /// Where it stands.
    pub pointer: String,
}

/// What a rule is for.
#[derive(Debug, Clone)]
pub enum Site {
    /// The title of a response.
    Title,
    /// When a section is shown.
    Section(usize),
    /// A property of a field.
    Field(FieldIx, Property),
    /// When the row of a group with this key is shown.
    Row(FieldIx, String),
    /// A constraint on a field or on the form.
    Constraint(Option<FieldIx>, mirror::Constraint),
}

/// The properties of a field that are rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Property {
    Show,
    Require,
    ReadOnly,
    Initial,
    Value,
    OptionsWhere,
    ChoicesFrom,
    CarryWhere,
    RowTitle,
}

/// Builds the structure of one form.
pub fn lower(
    file: &FormFile,
    pointers: &dyn Fn(usize) -> String,
    files: &Files,
    lists: &Lists,
    diagnostics: &mut Vec<Diagnostic>,
) -> Draft {
    let source = &file.form;
    let form = Form {
        id: source.form.clone(),
        title: source.title.clone(),
        help: source.help.clone(),
        phase: source.phase.clone(),
        order: source.order,
        filled_by: source.filled_by.clone(),
        repeats: source.repeats,
        response_title: None,
        source: source.source.clone(),
        place: Place {
            source: Arc::clone(&file.document.source),
            span: file.document.key_span(if source.phase.is_empty() {
                "/method"
            } else {
                "/form"
            }),
        },
        sections: Vec::new(),
        fields: Vec::new(),
        blocks: vec![Block {
            chain: vec![0],
            ..Block::default()
        }],
        constraints: Vec::new(),
        dependants: Vec::<Dependants>::new(),
        ranks: Vec::new(),
        layout: OnceLock::new(),
    };
    let draft = Draft {
        form,
        document: Arc::clone(&file.document),
        rules: Vec::new(),
        carries: Vec::new(),
        references: Vec::new(),
        row_names: Vec::new(),
    };
    let mut builder = Builder {
        draft,
        files,
        lists,
        diagnostics,
    };
    if let Some(text) = &source.response_title {
        let pointer = match source.phase.is_empty() {
            true => format!("{}/title", pointers(0)),
            false => "/response_title".to_owned(),
        };
        builder.rule(Site::Title, text, &pointer);
    }
    let mut ids = HashSet::new();
    for (index, section) in source.sections.iter().enumerate() {
        let pointer = pointers(index);
        if !ids.insert(section.id.as_str()) {
            builder.error(
                &format!("{pointer}/id"),
                format!("the section `{}` stands twice in the form", section.id),
            );
        }
        if let Some(text) = &section.show_if {
            builder.rule(Site::Section(index), text, &format!("{pointer}/show_if"));
        }
        for (place, field) in section.fields.iter().enumerate() {
            builder.field(field, 0, index, &format!("{pointer}/fields/{place}"), true);
        }
        builder.draft.form.sections.push(Section {
            id: section.id.clone(),
            title: section.title.clone(),
            help: section.help.clone(),
            show_if: None,
            source: section.source.clone(),
        });
    }
    for (index, constraint) in source.constraints.iter().enumerate() {
        builder.constraint(None, constraint, &format!("/constraints/{index}"));
    }
    builder.draft
}

struct Builder<'a> {
    draft: Draft,
    files: &'a Files<'a>,
    lists: &'a Lists,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Builder<'_> {
    fn error(&mut self, pointer: &str, message: impl Into<String>) -> &mut Diagnostic {
        let span = self.draft.document.span(pointer);
        self.diagnostics
            .push(Diagnostic::error(&self.draft.document.source, span, message));
        let last = self.diagnostics.len() - 1;
        &mut self.diagnostics[last]
    }

    fn rule(&mut self, site: Site, text: &RuleText, pointer: &str) {
        self.draft.rules.push(Pending {
            site,
            text: text.0.clone(),
            pointer: pointer.to_owned(),
        });
    }

    fn constraint(&mut self, field: Option<FieldIx>, constraint: &mirror::Constraint, pointer: &str) {
        let site = Site::Constraint(field, constraint.clone());
        self.rule(site, &constraint.rule, &format!("{pointer}/rule"));
    }

    /// Adds a field; `written` is false for those that a carried group takes over without naming them.
    fn field(
        &mut self,
        written: &mirror::Field,
        block: BlockIx,
        section: usize,
        pointer: &str,
        in_file: bool,
    ) -> FieldIx {
        let document = Arc::clone(&self.draft.document);
        let file = inherit::complete(
            written,
            &self.draft.form.id,
            pointer,
            &document,
            self.files,
            self.diagnostics,
        );
        let index = self.draft.form.fields.len();
        let place_key = if in_file {
            format!("{pointer}/id")
        } else {
            pointer.to_owned()
        };
        if self.draft.form.blocks[block].field(&file.id).is_some() {
            self.error(&place_key, format!("the field `{}` stands twice", file.id))
                .hint = Some("ids are unique in a form, and in a group's rows".to_owned());
        }
        if file.label.is_none() {
            self.error(&place_key, format!("the field `{}` has no label", file.id));
        }
        let path = match self.draft.form.blocks[block].group {
            Some(group) => format!("{}.{}", self.draft.form.fields[group].path, file.id),
            None => file.id.clone(),
        };
        self.draft.form.fields.push(Field {
            id: file.id.clone(),
            path,
            block,
            cell: self.draft.form.blocks[block].fields.len(),
            section,
            label: file.label.clone().unwrap_or_else(|| file.id.clone()),
            question: file.question.clone(),
            help: file.help.clone(),
            placeholder: file.placeholder.clone(),
            kind: Kind::Text,
            show_if: None,
            require_if: None,
            read_only_if: None,
            initial: None,
            value: None,
            options_where: None,
            choices_from: None,
            carry: None,
            constraints: Vec::new(),
            marks: file.marks.clone(),
            source: file.source.clone(),
            structured_data: file.structured_data.clone(),
            confidential: file.confidential,
            companion_of: None,
            place: Place {
                source: Arc::clone(&document.source),
                span: document.span(&place_key),
            },
            guessed: file.guessed,
        });
        self.draft.form.blocks[block].add(&file.id, index);
        self.draft.form.fields[index].kind = self.kind(&file, index, block, section, pointer, in_file);
        self.misplaced(&file, pointer);
        let rules = [
            (Property::Show, "show_if", &file.show_if),
            (Property::Require, "require_if", &file.require_if),
            (Property::ReadOnly, "read_only_if", &file.read_only_if),
            (Property::Initial, "initial", &file.initial),
            (Property::Value, "value", &file.value),
            (Property::OptionsWhere, "options_where", &file.options_where),
            (Property::ChoicesFrom, "choices_from", &file.choices_from),
        ];
        for (property, key, text) in rules {
            if let Some(text) = text {
                self.rule(Site::Field(index, property), text, &format!("{pointer}/{key}"));
            }
        }
        if let (Some(text), Some(_)) = (&file.row_title, self.draft.form.fields[index].group()) {
            self.rule(
                Site::Field(index, Property::RowTitle),
                text,
                &format!("{pointer}/row_title"),
            );
        }
        for (place, constraint) in written.constraints.iter().enumerate() {
            self.constraint(Some(index), constraint, &format!("{pointer}/constraints/{place}"));
        }
        if let Some(carry) = &written.carry {
            self.draft
                .carries
                .push((index, carry.clone(), pointer.to_owned()));
            if let Some(text) = &carry.condition {
                self.rule(
                    Site::Field(index, Property::CarryWhere),
                    text,
                    &format!("{pointer}/carry/where"),
                );
            }
        }
        self.companions(&file, index, pointer);
        index
    }

    fn kind(
        &mut self,
        file: &mirror::Field,
        index: FieldIx,
        block: BlockIx,
        section: usize,
        pointer: &str,
        in_file: bool,
    ) -> Kind {
        let Some(kind) = file.kind.as_deref() else {
            self.error(
                &format!("{pointer}/id"),
                format!("the field `{}` has no type", file.id),
            )
            .hint = Some("give `type`, or `carry` to take it over".to_owned());
            self.draft.form.fields[index].guessed = true;
            return Kind::Text;
        };
        match kind {
            "longtext" => Kind::LongText,
            "yes_no" => Kind::YesNo,
            "date" => Kind::Date,
            "number" => Kind::Number,
            "money" => Kind::Money,
            "contact" => Kind::Contact,
            "choice" => Kind::Choice(self.options(file, index, block, pointer)),
            "choices" => Kind::Choices(self.options(file, index, block, pointer)),
            "score" => Kind::Score(self.options(file, index, block, pointer)),
            "reference" => match &file.to {
                Some(path) => {
                    self.draft
                        .references
                        .push((index, path.clone(), format!("{pointer}/to")));
                    Kind::Reference(Target { form: None, group: 0 })
                }
                None => {
                    self.error(
                        &format!("{pointer}/id"),
                        "a reference says in `to` which group it points into",
                    );
                    Kind::Text
                }
            },
            "group" => {
                let blocks = &self.draft.form.blocks;
                let (inner, depth) = (blocks.len(), blocks[block].depth + 1);
                let mut chain = blocks[block].chain.clone();
                chain.push(inner);
                if depth > MAX_DEPTH {
                    self.error(
                        &format!("{pointer}/id"),
                        format!("groups stand in groups more than {MAX_DEPTH} deep"),
                    );
                    return Kind::Text;
                }
                let for_each = file.for_each.as_ref().and_then(|name| {
                    let (list, branch) = self.list(name, block, &format!("{pointer}/for_each"))?;
                    Some((list, branch))
                });
                let key_names = std::iter::once("id").chain(file.row_name.as_deref());
                self.draft.form.blocks.push(Block {
                    group: Some(index),
                    depth,
                    key_names: key_names.map(Arc::from).collect(),
                    chain,
                    ..Block::default()
                });
                if in_file && file.row_name.is_some() {
                    self.draft.row_names.push((inner, format!("{pointer}/as")));
                }
                // The row's name must be known while its fields are read.
                let group = Group {
                    block: inner,
                    for_each,
                    row_name: file.row_name.clone(),
                    row_label: file.row_label.clone(),
                    row_title: None,
                    conditions: BTreeMap::new(),
                };
                let unnamed = group.for_each.is_some() && file.row_name.is_none();
                self.draft.form.fields[index].kind = Kind::Group(Box::new(group));
                let listed = in_file && self.listed(pointer);
                for (place, field) in file.fields.iter().flatten().enumerate() {
                    let below = if listed {
                        format!("{pointer}/fields/{place}")
                    } else {
                        pointer.to_owned()
                    };
                    self.field(field, inner, section, &below, listed);
                }
                if file.fields.as_ref().is_none_or(Vec::is_empty) {
                    self.error(
                        &format!("{pointer}/id"),
                        format!("the group `{}` has no fields", file.id),
                    );
                }
                if unnamed {
                    self.error(
                        &format!("{pointer}/for_each"),
                        "`for_each` needs `as`: the name of a row's code",
                    );
                }
                // It was put in place above.
                std::mem::replace(&mut self.draft.form.fields[index].kind, Kind::Text)
            }
            "text" => Kind::Text,
            // The schema has told.
            _ => {
                self.draft.form.fields[index].guessed = true;
                Kind::Text
            }
        }
    }

    /// Whether the group's fields stand in this file.
    fn listed(&self, pointer: &str) -> bool {
        let document = &self.draft.document;
        document.span(&format!("{pointer}/fields/0")) != document.span(pointer)
    }

    /// Keys that mean nothing for the field's type.
    fn misplaced(&mut self, file: &mirror::Field, pointer: &str) {
        let kind = file.kind.as_deref().unwrap_or_default();
        let choice = matches!(kind, "choice" | "choices" | "score");
        let group = kind == "group";
        let wrong = [
            ("options", file.options.is_some() && !choice),
            ("options_where", file.options_where.is_some() && !choice),
            (
                "choices_from",
                file.choices_from.is_some() && !(choice && kind != "score"),
            ),
            ("to", file.to.is_some() && kind != "reference"),
            ("fields", file.fields.is_some() && !group),
            ("for_each", file.for_each.is_some() && !group),
            ("as", file.row_name.is_some() && !group),
            ("row_title", file.row_title.is_some() && !group),
            ("row_label", file.row_label.is_some() && !group),
            ("value", file.value.is_some() && group),
            (
                "initial",
                file.initial.is_some() && (group || file.value.is_some()),
            ),
        ];
        for (key, _) in wrong.into_iter().filter(|(_, wrong)| *wrong) {
            let span = self.draft.document.key_span(&format!("{pointer}/{key}"));
            let message = format!(
                "`{key}` has no meaning for the field `{}` of type {kind}",
                file.id
            );
            self.diagnostics
                .push(Diagnostic::error(&self.draft.document.source, span, message));
        }
    }
}

/// The deepest nesting of groups.
pub const MAX_DEPTH: usize = 6;
