//! A form after loading: sections, fields and groups in flat lists, rules compiled.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use foldhash::fast::RandomState;

use super::catalogue::{Concept, List};
pub use super::mirror::CarryMode;
use super::rule::Rule;
use crate::diagnostic::Severity;
use crate::source::Place;
use crate::value::Layout;

/// Index of a field in its form's `fields`.
pub type FieldIx = usize;
/// Index of a block in its form's `blocks`.
pub type BlockIx = usize;

/// A form, or what a method knows of case or citizen (which is a form without phase).
#[derive(Debug)]
pub struct Form {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Help for the form as a whole.
    pub help: Option<String>,
    /// Id of the phase.
    pub phase: String,
    /// Place among the forms of the phase.
    pub order: u32,
    /// Ids of the roles that fill it in.
    pub filled_by: Vec<String>,
    /// Whether a case usually has many responses of it.
    pub repeats: bool,
    /// Text that tells responses apart; for case and citizen, their title.
    pub response_title: Option<Rule>,
    /// Where it stands in the source of the method.
    pub source: Option<String>,
    /// Where it stands in the definition.
    pub place: Place,
    /// Sections in order.
    pub sections: Vec<Section>,
    /// Fields and groups in document order, those of groups behind their group.
    pub fields: Vec<Field>,
    /// The form itself first, then each group: the fields that stand side by side in it.
    pub blocks: Vec<Block>,
    /// Constraints of the form as a whole.
    pub constraints: Vec<Constraint>,
    /// What follows from a change: for each field, whom to look at again.
    pub dependants: Vec<Dependants>,
    /// Position of each field in evaluation order.
    pub ranks: Vec<usize>,
    /// What other forms see a response as, once one was seen.
    pub(super) layout: OnceLock<Arc<Layout>>,
}

/// Fields that must be looked at again when one changes.
#[derive(Debug, Clone, Default)]
pub struct Dependants {
    /// Those whose value or visibility may change.
    pub values: Vec<Edge>,
    /// Those whose other rules (required, closed, options, constraints) may change.
    pub checks: Vec<Edge>,
    /// Indices of the form's own constraints.
    pub form: Vec<usize>,
}

/// One dependence: in every row that shares the first `prefix` row keys with the changed field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The dependent field.
    pub to: FieldIx,
    /// How many row keys, from the outside, must be the same.
    pub prefix: usize,
}

/// A section.
#[derive(Debug)]
pub struct Section {
    /// Id.
    pub id: String,
    /// Heading.
    pub title: String,
    /// Help below the heading.
    pub help: Option<String>,
    /// When it is shown.
    pub show_if: Option<Rule>,
    /// Where it stands in the source of the method.
    pub source: Option<String>,
}

/// Fields that stand side by side: those of the form, or of one group's rows.
#[derive(Debug, Default)]
pub struct Block {
    /// The group whose rows hold it; `None` for the form.
    pub group: Option<FieldIx>,
    /// How many groups stand around its fields.
    pub depth: usize,
    /// The fields; a cell's place in a row is the place here.
    pub fields: Vec<FieldIx>,
    /// The ids of the fields.
    pub names: Vec<Arc<str>>,
    /// The names under which a row knows its key.
    pub key_names: Vec<Arc<str>>,
    /// Blocks from the form's to this one.
    pub chain: Vec<BlockIx>,
    pub(super) by_name: HashMap<Arc<str>, FieldIx, RandomState>,
    /// What rules see a row as, once a row was seen.
    pub(super) layout: OnceLock<Arc<Layout>>,
}

/// A field or a group.
#[derive(Debug)]
pub struct Field {
    /// Id.
    pub id: String,
    /// Ids from the form's level to this field, joined with dots.
    pub path: String,
    /// The block it stands in.
    pub block: BlockIx,
    /// Its place in the block.
    pub cell: usize,
    /// Index of the section.
    pub section: usize,
    /// Label; may hold `{name}` of rows around it.
    pub label: String,
    /// The question behind the label.
    pub question: Option<String>,
    /// Help.
    pub help: Option<String>,
    /// Shown in the empty control.
    pub placeholder: Option<String>,
    /// What it holds.
    pub kind: Kind,
    /// When it is shown; for a group, asked for each row.
    pub show_if: Option<Rule>,
    /// When completing needs an answer.
    pub require_if: Option<Rule>,
    /// When the control is closed.
    pub read_only_if: Option<Rule>,
    /// What it begins with.
    pub initial: Option<Rule>,
    /// What it always is.
    pub value: Option<Rule>,
    /// Which options are offered; `option` is in scope.
    pub options_where: Option<Rule>,
    /// Texts to choose between.
    pub choices_from: Option<Rule>,
    /// Where it is carried from.
    pub carry: Option<Carry>,
    /// Conditions on it.
    pub constraints: Vec<Constraint>,
    /// Ids of marks.
    pub marks: Vec<String>,
    /// Where it stands in the source of the method.
    pub source: Option<String>,
    /// Number of the structured data item.
    pub structured_data: Option<String>,
    /// Never in lists, addresses and logs.
    pub confidential: bool,
    /// For the text that an option opens: the field with the option, and the code.
    pub companion_of: Option<(FieldIx, Arc<str>)>,
    /// Where it stands in the definition.
    pub place: Place,
    /// Whether its type could not be told, so that anything may be in it; the error is told where it is.
    pub(crate) guessed: bool,
}

/// What a field holds.
#[derive(Debug)]
pub enum Kind {
    /// One line.
    Text,
    /// Several lines.
    LongText,
    /// True or false.
    YesNo,
    /// One code.
    Choice(Options),
    /// Several codes.
    Choices(Options),
    /// One code of a scale; a number to rules.
    Score(Options),
    /// A day.
    Date,
    /// A decimal number.
    Number,
    /// An amount.
    Money,
    /// Name, relation, organisation, address, phone, email.
    Contact,
    /// The key of a row.
    Reference(Target),
    /// Rows.
    Group(Box<Group>),
}

/// What a choice chooses from.
#[derive(Debug, Clone)]
pub enum Options {
    /// Concepts of a list.
    List(Arc<List>, Branch),
    /// Texts that the rule `choices_from` gives.
    Texts,
}

/// Which part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Branch {
    /// All of it.
    Whole,
    /// What is below one concept.
    Below(Arc<str>),
    /// What is below the concept of a row around the field: how many blocks from the form's.
    BelowRow(usize),
}

/// The group that a reference points into.
#[derive(Debug, Clone)]
pub struct Target {
    /// Another form; `None` for the same.
    pub form: Option<String>,
    /// The group.
    pub group: FieldIx,
}

/// What makes a field a group.
#[derive(Debug)]
pub struct Group {
    /// The block of its rows.
    pub block: BlockIx,
    /// One row for each concept directly below a branch.
    pub for_each: Option<(Arc<List>, Branch)>,
    /// Name of the row's code in rules and texts.
    pub row_name: Option<String>,
    /// What one row is called.
    pub row_label: Option<String>,
    /// What names a row.
    pub row_title: Option<Rule>,
    /// When single rows are shown, by key.
    pub conditions: BTreeMap<String, Rule>,
}

/// Where a field's value or a group's rows come from.
#[derive(Debug)]
pub struct Carry {
    /// Id of the source form.
    pub form: String,
    /// The source field in it.
    pub field: FieldIx,
    /// Its path, for people.
    pub path: String,
    /// Copied or viewed.
    pub mode: CarryMode,
    /// For groups: which rows; `row` is in scope.
    pub condition: Option<Rule>,
}

/// A condition that answers must fulfil.
#[derive(Debug)]
pub struct Constraint {
    /// Violated when `false`.
    pub rule: Rule,
    /// What the caseworker reads.
    pub message: String,
    /// What follows from a violation.
    pub severity: Severity,
    /// For a form's own: the field where it is shown.
    pub at: Option<FieldIx>,
    /// Where it stands in the source of the method.
    pub source: Option<String>,
    /// What identifies it at its field: the rule's text, so that an acknowledgement ends with the rule it was given for.
    pub id: String,
}

impl Block {
    /// Takes in one more field; of two with the same id, the first is found by it.
    pub fn add(&mut self, id: &str, field: FieldIx) {
        let name: Arc<str> = Arc::from(id);
        self.by_name.entry(Arc::clone(&name)).or_insert(field);
        self.names.push(name);
        self.fields.push(field);
    }

    /// The names under which rules see what a row holds: its key's, then its fields'. A field of the key's own name comes before it.
    pub fn layout(&self) -> &Arc<Layout> {
        self.layout.get_or_init(|| {
            let keys = self.key_names.iter().filter(|name| !self.names.contains(name));
            Layout::new(keys.chain(&self.names).cloned())
        })
    }

    /// The field with an id.
    pub fn field(&self, id: &str) -> Option<FieldIx> {
        self.by_name.get(id).copied()
    }
}

impl Form {
    /// The names under which other forms see what a response holds: its fields', and `response` for itself.
    pub fn layout(&self) -> &Arc<Layout> {
        self.layout.get_or_init(|| {
            let fields = self.blocks.first().map(|block| block.layout().names());
            let fields = fields.unwrap_or_default().iter().cloned();
            Layout::new(fields.chain([Arc::from("response")]))
        })
    }

    /// The field with a definition path such as `items.price`.
    pub fn field_at(&self, path: &str) -> Option<FieldIx> {
        let mut block = self.blocks.first()?;
        let mut ids = path.split('.');
        loop {
            let field = block.field(ids.next()?)?;
            if ids.clone().next().is_none() {
                return Some(field);
            }
            block = self.blocks.get(self.group(field)?.block)?;
        }
    }

    /// The field's group, if it is one.
    pub fn group(&self, field: FieldIx) -> Option<&Group> {
        self.fields.get(field).and_then(Field::group)
    }

    /// A block with those around it, from the outside.
    pub fn blocks_around(&self, block: BlockIx) -> impl DoubleEndedIterator<Item = &Block> {
        let chain = self.blocks.get(block).map_or(&[][..], |block| &block.chain);
        chain.iter().filter_map(|block| self.blocks.get(*block))
    }

    /// The groups around a block, from the outside.
    pub fn groups_around(&self, block: BlockIx) -> impl Iterator<Item = FieldIx> {
        self.blocks_around(block).filter_map(|block| block.group)
    }

    /// Every rule with what it is for, for reports.
    pub fn rules(&self) -> Vec<(&Rule, String)> {
        let mut rules: Vec<(&Rule, String)> = Vec::new();
        rules.extend(
            self.response_title
                .iter()
                .map(|rule| (rule, format!("{}: title", self.id))),
        );
        for section in &self.sections {
            rules.extend(
                section
                    .show_if
                    .iter()
                    .map(|rule| (rule, format!("{}, section {}: show_if", self.id, section.id))),
            );
        }
        for field in &self.fields {
            let name = |key: &str| format!("{}.{}: {key}", self.id, field.path);
            let carried = field.carry.as_ref().and_then(|carry| carry.condition.as_ref());
            let title = field.group().and_then(|group| group.row_title.as_ref());
            let all = [
                ("show_if", field.show_if.as_ref()),
                ("require_if", field.require_if.as_ref()),
                ("read_only_if", field.read_only_if.as_ref()),
                ("initial", field.initial.as_ref()),
                ("value", field.value.as_ref()),
                ("options_where", field.options_where.as_ref()),
                ("choices_from", field.choices_from.as_ref()),
                ("carry where", carried),
                ("row_title", title),
            ];
            rules.extend(all.into_iter().filter_map(|(key, rule)| Some((rule?, name(key)))));
            let rows = field.group().into_iter().flat_map(|group| &group.conditions);
            rules.extend(rows.map(|(key, rule)| (rule, name(&format!("show_if of {key}")))));
            rules.extend(
                field
                    .constraints
                    .iter()
                    .map(|constraint| (&constraint.rule, name("constraint"))),
            );
        }
        rules.extend(
            self.constraints
                .iter()
                .map(|constraint| (&constraint.rule, format!("{}: constraint", self.id))),
        );
        rules
    }
}

impl Field {
    /// The group, if it is one.
    pub fn group(&self) -> Option<&Group> {
        match &self.kind {
            Kind::Group(group) => Some(group),
            _ => None,
        }
    }

    /// The rules that decide whether a row of it is shown.
    pub fn row_rules(&self, key: &str) -> impl Iterator<Item = &Rule> {
        let own = self.group().and_then(|group| group.conditions.get(key));
        self.show_if.iter().chain(own)
    }

    /// The field's catalogue options, if it has any.
    pub fn options(&self) -> Option<&Options> {
        match &self.kind {
            Kind::Choice(options) | Kind::Choices(options) | Kind::Score(options) => Some(options),
            _ => None,
        }
    }

    /// Whether nobody types it: it is computed or always the source's.
    pub fn closed(&self) -> bool {
        self.value.is_some()
            || self
                .carry
                .as_ref()
                .is_some_and(|carry| carry.mode == CarryMode::View)
    }
}

impl Kind {
    /// The name of the type, as definitions write it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::LongText => "longtext",
            Self::YesNo => "yes_no",
            Self::Choice(_) => "choice",
            Self::Choices(_) => "choices",
            Self::Score(_) => "score",
            Self::Date => "date",
            Self::Number => "number",
            Self::Money => "money",
            Self::Contact => "contact",
            Self::Reference(_) => "reference",
            Self::Group(_) => "group",
        }
    }
}

impl Branch {
    /// The code below which options stand, given the codes of the rows around the field.
    pub fn code<'a>(&'a self, row_keys: &[&'a str]) -> Option<&'a str> {
        match self {
            Self::Whole => None,
            Self::Below(code) => Some(code),
            Self::BelowRow(depth) => depth.checked_sub(1).and_then(|row| row_keys.get(row)).copied(),
        }
    }
}

/// Puts what rows around a field say into its label: `{name}` becomes the row's code, `{name.label}` its wording.
/// `rows` are the names and concepts of the rows, from the outside.
pub fn fill_in(text: &str, rows: &[(&str, &Concept)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((inside, behind)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        let (name, key) = inside.split_once('.').unwrap_or((inside, "code"));
        let concept = rows
            .iter()
            .find(|(other, _)| *other == name)
            .map(|(_, concept)| concept);
        match concept.and_then(|concept| {
            concept
                .value()
                .as_context()
                .and_then(|value| value.get(key).cloned())
        }) {
            Some(value) => out.push_str(value.as_str().unwrap_or_default()),
            None => {
                out.push('{');
                out.push_str(inside);
                out.push('}');
            }
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}
