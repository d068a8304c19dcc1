//! Which data points a completed response gives rise to.

use super::form::Rule;

/// One kind of data point from one form.
#[derive(Debug)]
pub struct Emission {
    /// Type of the data point.
    pub kind: String,
    /// Title of the type.
    pub title: String,
    /// Help for those who read the data.
    pub help: Option<String>,
    /// Where it stands in the source of the method.
    pub source: Option<String>,
    /// The form whose completion gives rise to it.
    pub form: String,
    /// One point for each element of a list: the list. The element is in scope of the other rules.
    pub each: Option<Rule>,
    /// Whether there is a point at all.
    pub when: Option<Rule>,
    /// What makes it the same point the next time, within the case.
    pub identity: Rule,
    /// The day of the fact.
    pub dated: Rule,
    /// Attributes in order.
    pub attributes: Vec<(String, Rule)>,
}

impl Emission {
    /// Every rule with what it is for.
    pub fn rules(&self) -> Vec<(&Rule, String)> {
        let name = |key: &str| format!("data point {} on {}: {key}", self.kind, self.form);
        let mut rules = vec![(&self.identity, name("identity")), (&self.dated, name("dated"))];
        rules.extend(self.each.iter().map(|rule| (rule, name("for"))));
        rules.extend(self.when.iter().map(|rule| (rule, name("when"))));
        rules.extend(self.attributes.iter().map(|(key, rule)| (rule, name(key))));
        rules
    }
}
