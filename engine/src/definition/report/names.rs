//! What the rules of a report template can name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{PointType, Sees};
use crate::definition::seen::closed;
use crate::diagnostic::nearest;
use crate::feel::{HostCall, Misuse, Names, Slot, Type};

/// The variables that every template has, in the order of their slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    /// What is known of the citizen.
    Citizen,
    /// The citizen's cases.
    Cases,
    /// The day that is reported.
    Day,
    /// The id of the part.
    Id,
    /// The address of the part.
    Address,
    /// Whether a point of the part changed on the day.
    Changed,
    /// When a point of the part last changed.
    Updated,
    /// The report as a whole: `id`, `at`, `about`.
    Report,
}

impl Base {
    /// All of them, by slot.
    pub const ALL: [Self; 8] = [
        Self::Citizen,
        Self::Cases,
        Self::Day,
        Self::Id,
        Self::Address,
        Self::Changed,
        Self::Updated,
        Self::Report,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::Cases => "cases",
            Self::Day => "day",
            Self::Id => "id",
            Self::Address => "address",
            Self::Changed => "changed",
            Self::Updated => "updated",
            Self::Report => "report",
        }
    }
}

/// The functions that templates can call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// `points(type)`: all points of a type as they stand.
    Points,
    /// `point(type, case, identity)`: one of them.
    Point,
    /// `uuid(text)`: the id that this text makes, for ever.
    Uuid,
    /// `responses(form)`: the completed responses of a form, as other forms see them.
    Responses,
}

impl Call {
    pub fn of(id: u32) -> Option<Self> {
        [Self::Points, Self::Point, Self::Uuid, Self::Responses]
            .into_iter()
            .find(|call| *call as u32 == id)
    }
}

/// The members of every point, beside its attributes, in the order in which `Fact::value` gives them.
pub(crate) const POINT_MEMBERS: [(&str, Type); 12] = [
    ("id", Type::String),
    ("type", Type::String),
    ("case", Type::String),
    ("form", Type::String),
    ("response", Type::String),
    ("identity", Type::String),
    ("dated", Type::Date),
    ("first_dated", Type::Date),
    ("recorded", Type::DateTime),
    ("first_recorded", Type::DateTime),
    ("entered_in_error", Type::Boolean),
    ("changed", Type::Boolean),
];

/// The variables in scope of a rule.
pub(super) struct Scope {
    variables: Vec<(String, Slot, Type)>,
    next: usize,
    pub kinds: BTreeMap<String, PointType>,
    types: BTreeMap<String, Type>,
    /// What is known of responses by form; none when the template may hold no free text.
    responses: Option<BTreeMap<String, Type>>,
}

impl Scope {
    pub fn new(
        kinds: BTreeMap<String, PointType>,
        responses: Option<BTreeMap<String, Type>>,
        sees: &Sees,
        known: impl Fn(&str, &str) -> Type,
    ) -> Self {
        let record = |of: &str, fields: &[String]| {
            let members = fields
                .iter()
                .map(|field| (Arc::from(field.as_str()), known(of, field)));
            members.collect::<Vec<_>>()
        };
        let mut case = record("case", &sees.case);
        case.push((Arc::from("id"), Type::String));
        case.push((Arc::from("first_recorded"), Type::DateTime));
        case.push((Arc::from("param"), closed(record("param", &sees.parameters))));
        let report = vec![
            (Arc::from("id"), Type::String),
            (Arc::from("at"), Type::DateTime),
            (Arc::from("about"), Type::String),
        ];
        let kind = |base: Base| match base {
            Base::Citizen => closed(record("citizen", &sees.citizen)),
            Base::Cases => Type::list(closed(case.clone())),
            Base::Day => Type::Date,
            Base::Id | Base::Address => Type::String,
            Base::Changed => Type::Boolean,
            Base::Updated => Type::DateTime,
            Base::Report => closed(report.clone()),
        };
        let types = kinds.iter().map(|(name, kind)| {
            let own = POINT_MEMBERS
                .iter()
                .filter(|(member, _)| !kind.hidden.iter().any(|hidden| hidden == member))
                .map(|(member, kind)| (Arc::from(*member), kind.clone()));
            let attributes = kind.attributes.iter();
            let members = own.chain(attributes.map(|(name, kind)| (Arc::clone(name), kind.clone())));
            (name.clone(), closed(members.collect()))
        });
        let types = types.collect();
        let mut scope = Self {
            variables: Vec::new(),
            next: 0,
            kinds,
            types,
            responses,
        };
        for base in Base::ALL {
            scope.add(base.name(), kind(base));
        }
        scope
    }

    /// A new variable; gives its slot.
    pub fn add(&mut self, name: &str, kind: Type) -> usize {
        let slot = self.next;
        self.next += 1;
        let number = Slot(u32::try_from(slot).unwrap_or(u32::MAX));
        self.variables.push((name.to_owned(), number, kind));
        slot
    }

    /// How many variables are in scope, to go back to.
    pub fn depth(&self) -> usize {
        self.variables.len()
    }

    /// Takes the variables away that came later.
    pub fn back_to(&mut self, depth: usize) {
        self.variables.truncate(depth);
    }

    /// How many variables there are in all.
    pub fn slots(&self) -> usize {
        self.next
    }

    fn point(&self, name: &str) -> Result<Type, Misuse> {
        self.types.get(name).cloned().ok_or_else(|| {
            let near = nearest(name, self.types.keys().map(String::as_str));
            Misuse {
                argument: Some(0),
                message: format!("no method gives data points `{name}`"),
                hint: near.map(|near| format!("did you mean `{near}`?")),
            }
        })
    }
}

impl Names for Scope {
    fn lookup(&self, name: &str) -> Option<(Slot, Type)> {
        let mut variables = self.variables.iter().rev();
        let (_, slot, kind) = variables.find(|(known, _, _)| known == name)?;
        Some((*slot, kind.clone()))
    }

    fn names(&self) -> Vec<String> {
        self.variables.iter().map(|(name, _, _)| name.clone()).collect()
    }

    /// Names are single words.
    fn phrases(&self) -> Vec<Arc<str>> {
        Vec::new()
    }

    fn host_function(&self, name: &str, literals: &[Option<&str>]) -> Option<Result<HostCall, Misuse>> {
        let call = |call: Call, takes: usize, result: Type| HostCall {
            id: call as u32,
            takes: vec![Type::String; takes],
            result,
        };
        let wrong = |message: &str| {
            Err(Misuse {
                argument: None,
                message: message.to_owned(),
                hint: None,
            })
        };
        Some(match (name, literals) {
            ("points", [Some(kind)]) => self
                .point(kind)
                .map(|point| call(Call::Points, 1, Type::list(point))),
            ("points", _) => wrong("`points` takes the name of a type of data points, in quotes"),
            ("point", [Some(kind), _, _]) => self.point(kind).map(|point| call(Call::Point, 3, point)),
            ("point", _) => wrong(
                "`point` takes the name of a type in quotes, a case's id and what makes the point the same",
            ),
            ("responses", [Some(form)]) => match &self.responses {
                None => wrong("`responses` is for templates with `free_text: true`"),
                Some(forms) => match forms.get(*form) {
                    Some(kind) => Ok(call(Call::Responses, 1, Type::list(kind.clone()))),
                    None => wrong(&format!("no method has a form `{form}`")),
                },
            },
            ("responses", _) => wrong("`responses` takes the id of a form, in quotes"),
            ("uuid", [_]) => Ok(call(Call::Uuid, 1, Type::String)),
            ("uuid", _) => wrong("`uuid` takes one text"),
            _ => return None,
        })
    }
}
