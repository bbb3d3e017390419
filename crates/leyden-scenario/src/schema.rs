//! The JSON schema of a scenario (draft 2020-12), from the list of keys: editors complete and check with it what is typed.
//!
//! It says what stands where; ranges that depend on other keys are for the reader.

use serde_json::{Map, Value, json};

use crate::keys::{self, DISORDER, IN_STAGE, KEYS, Key, NOT_IN_STAGE, NumericKey, STAGE, SWEEP, Takes};

/// The schema.
pub fn schema() -> Value {
    let mut properties = table(keys::keys_of(""));
    for name in keys::tables() {
        let of_table = match name {
            STAGE => json!({ "type": "array", "items": stage() }),
            keys::CHANNEL => {
                json!({ "type": "array", "items": object(table(keys::keys_of(keys::CHANNEL))) })
            }
            keys::PARTS => named(object(table(keys::keys_of(keys::OF_PART)))),
            keys::PARAMETERS => named(property(keys::find(keys::PARAMETERS, keys::NAME))),
            SWEEP => numeric(&axis(), "axes of a sweep: numeric keys with their values"),
            DISORDER => disorder(),
            _ => object(table(keys::keys_of(name))),
        };
        properties.insert(name.into(), of_table);
    }
    let mut schema = object(properties);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("A scenario of leyden");
    schema
}

fn table(keys: impl Iterator<Item = &'static Key>) -> Map<String, Value> {
    keys.map(|key| (key.name.to_string(), property(key))).collect()
}

/// A stage, with the tables that it changes.
fn stage() -> Value {
    let mut properties = table(keys::keys_of(STAGE));
    for name in IN_STAGE {
        let changes = table(keys::keys_of(name).filter(|key| !NOT_IN_STAGE.contains(&key.name)));
        properties.insert(name.into(), object(changes));
    }
    object(properties)
}

fn object(properties: Map<String, Value>) -> Value {
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

/// A table whose names the user chooses.
fn named(value: Value) -> Value {
    json!({ "type": "object", "additionalProperties": value })
}

fn property(key: &Key) -> Value {
    let mut property = match (key.table, key.name) {
        // The one frequency that needs its unit.
        ("units", "reference") => json!({ "type": "string" }),
        _ => value(key.takes),
    };
    property["description"] = json!(key.doc);
    property
}

/// What a key takes.
fn value(takes: Takes) -> Value {
    let any_sign = || json!({ "type": ["number", "string"] });
    let positive = || json!({ "type": ["number", "string"], "exclusiveMinimum": 0 });
    let not_negative = || json!({ "type": ["number", "string"], "minimum": 0 });
    let per_cell = |one: Value| json!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] });
    match takes {
        Takes::Text | Takes::Language => json!({ "type": "string" }),
        Takes::Expression => any_sign(),
        Takes::Edges => {
            let end = json!({ "type": "integer", "minimum": 1 });
            let pair = json!({ "type": "array", "items": end, "minItems": 2, "maxItems": 2 });
            json!({ "type": "array", "items": pair })
        }
        Takes::Word(words) => json!({ "enum": words }),
        Takes::Count(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Takes::Frequency | Takes::Temperature => positive(),
        Takes::Detuning | Takes::Angle => any_sign(),
        Takes::Rate | Takes::Time | Takes::Duration | Takes::BathTemperature => not_negative(),
        Takes::Number => json!({ "type": "number", "minimum": 0 }),
        Takes::Positive => json!({ "type": "number", "exclusiveMinimum": 0 }),
        Takes::Probability => json!({ "type": "number", "minimum": 0, "maximum": 1 }),
        Takes::Signed => json!({ "type": "number" }),
        Takes::Frequencies => per_cell(positive()),
        Takes::Couplings => per_cell(any_sign()),
        Takes::Times => json!({ "type": "array", "items": not_negative(), "minItems": 1 }),
        Takes::Cutoff => json!({ "anyOf": [{ "const": "auto" }, { "type": "integer", "minimum": 2 }] }),
        Takes::Outcome => {
            json!({ "anyOf": [{ "enum": crate::values::OUTCOMES }, { "type": "integer", "minimum": 0 }] })
        }
        Takes::State => {
            let mut states =
                Map::from_iter(keys::STATES.map(|state| (state.into(), json!({ "type": "number" }))));
            states["fock"] = json!({ "type": "integer", "minimum": 0 });
            states["thermal"] = json!({ "type": "number", "minimum": 0 });
            let mut of_number = object(states);
            of_number["minProperties"] = json!(1);
            of_number["maxProperties"] = json!(1);
            let pair =
                json!({ "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 2 });
            let coefficient = json!({ "anyOf": [{ "type": "number" }, pair] });
            let list = json!({ "type": "array", "items": coefficient, "minItems": 1 });
            let mut superposition = object(Map::from_iter([("superposition".into(), list)]));
            superposition["required"] = json!(["superposition"]);
            json!({ "anyOf": [{ "enum": ["ground", "excited"] }, of_number, superposition] })
        }
        Takes::Truth => json!({ "type": "boolean" }),
        Takes::Load => {
            let rates = Map::from_iter(["down", "up"].map(|name| (name.into(), not_negative())));
            object(rates)
        }
        Takes::Ranges => numeric(&range(), "numeric keys with their ranges"),
    }
}

/// Random keys with their distributions, beside the keys that the table has itself.
fn disorder() -> Value {
    let pair = || json!({ "type": "array", "items": { "type": ["number", "string"] }, "minItems": 2, "maxItems": 2 });
    let one_of = |name: &str, doc: &str| {
        let mut pair = pair();
        pair["description"] = json!(doc);
        let mut distribution = object(Map::from_iter([(name.to_string(), pair)]));
        distribution["required"] = json!([name]);
        distribution
    };
    let distributions = [one_of("normal", "mean and standard deviation"), one_of("uniform", "the two ends")];
    let mut random = numeric(&json!({ "anyOf": distributions }), "random keys with their distributions");
    let own = table(keys::keys_of(DISORDER));
    random["properties"].as_object_mut().into_iter().for_each(|properties| properties.extend(own.clone()));
    random["required"] = json!(["samples"]);
    random
}

/// `{ from, to, spacing }` of a search.
fn range() -> Value {
    let end = || json!({ "type": ["number", "string"] });
    let spacing = json!({ "enum": ["linear", "log"], "description": "how values are spaced (linear)" });
    let parts = [("from", end()), ("to", end()), ("spacing", spacing)];
    let mut range = object(Map::from_iter(parts.map(|(name, part)| (name.to_string(), part))));
    range["required"] = json!(["from", "to"]);
    range
}

/// An axis of a sweep: a list of values, a range with a number of points, or the expression of a key that is tied to axes.
fn axis() -> Value {
    let mut spaced = range();
    spaced["properties"]["points"] =
        json!({ "type": "integer", "minimum": 1, "description": "how many (50)" });
    let list = json!({ "type": "array", "items": { "type": ["number", "string"] }, "minItems": 1 });
    json!({ "anyOf": [list, spaced, { "type": "string" }] })
}

/// A table of numeric keys, quoted (`"charger.dephasing" = ..`) or dotted (`charger.dephasing = ..`), each with a value of this form.
fn numeric(of_key: &Value, doc: &str) -> Value {
    let mut properties = Map::new();
    for key in NumericKey::alike("") {
        let mut described = of_key.clone();
        described["description"] = json!(key.key().doc);
        properties.insert(key.to_string(), described.clone());
        let names = [key.table, key.name].into_iter().chain(key.state);
        insert(&mut properties, &names.collect::<Vec<&str>>(), described);
    }
    // Stages are as many as the file has.
    let stages = json!({ "type": "object", "additionalProperties": { "type": "object" } });
    properties.insert(STAGE.into(), stages);
    // So are parts and parameters.
    for table in [keys::PARTS, keys::PARAMETERS] {
        properties.insert(table.into(), json!({ "type": "object" }));
    }
    let mut table = object(properties);
    table["patternProperties"] = json!({ stage_pattern(): of_key, "^(parts|parameters)\\.": of_key });
    table["description"] = json!(doc);
    table
}

/// Puts `property` where a dotted key leads.
fn insert(properties: &mut Map<String, Value>, names: &[&str], property: Value) {
    match names {
        [] => {}
        [name] => drop(properties.insert((*name).into(), property)),
        [name, rest @ ..] => {
            let inner = properties.entry(*name).or_insert_with(|| object(Map::new()));
            if let Some(inner) = inner["properties"].as_object_mut() {
                insert(inner, rest, property);
            }
        }
    }
}

/// The quoted keys of stages, such as `stage.2.drive.amplitude`.
fn stage_pattern() -> String {
    let own = KEYS.iter().filter(|key| key.table == STAGE).map(|key| key.name.to_string());
    let changed = KEYS.iter().filter(|key| IN_STAGE.contains(&key.table)).map(|key| key.to_string());
    let keys = own.chain(changed).filter(|key| NumericKey::find(&format!("stage.1.{key}")).is_some());
    let keys: Vec<String> = keys.map(|key| key.replace('.', "\\.")).collect();
    format!("^stage\\.[1-9][0-9]*\\.({}|state\\.({}))$", keys.join("|"), keys::STATES.join("|"))
}
