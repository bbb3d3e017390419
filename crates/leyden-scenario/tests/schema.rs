//! The schema says yes to what the reader reads, and no to slips.

use std::path::Path;

use leyden_scenario::{KEYS, Scenario, schema};
use regex::Regex;
use serde_json::{Value, json};

/// What a schema of these few words has against a value; words that it does not know are an error.
fn wrong(schema: &Value, value: &Value, place: &str) -> Option<String> {
    let no = |why: String| Some(format!("{place}: {why}"));
    let is = |kind: &str| match kind {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("type {other}"),
    };
    let size = value.as_object().map(|o| o.len()).or(value.as_array().map(Vec::len));
    for (word, of) in schema.as_object().unwrap() {
        let fine = match word.as_str() {
            "$schema" | "title" | "description" | "properties" | "patternProperties" => true,
            "type" => match of {
                Value::Array(kinds) => kinds.iter().any(|kind| is(kind.as_str().unwrap())),
                kind => is(kind.as_str().unwrap()),
            },
            "enum" => of.as_array().unwrap().contains(value),
            "const" => of == value,
            "minimum" => value.as_f64().is_none_or(|x| x >= of.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|x| x <= of.as_f64().unwrap()),
            "exclusiveMinimum" => value.as_f64().is_none_or(|x| x > of.as_f64().unwrap()),
            "minItems" | "minProperties" => size.is_none_or(|n| n as u64 >= of.as_u64().unwrap()),
            "maxItems" | "maxProperties" => size.is_none_or(|n| n as u64 <= of.as_u64().unwrap()),
            "required" => {
                of.as_array().unwrap().iter().all(|name| value.get(name.as_str().unwrap()).is_some())
            }
            "anyOf" => of.as_array().unwrap().iter().any(|one| wrong(one, value, place).is_none()),
            "items" => {
                let found = value.as_array().into_iter().flatten().find_map(|item| wrong(of, item, place));
                if found.is_some() {
                    return found;
                }
                true
            }
            "additionalProperties" => {
                for (name, part) in value.as_object().into_iter().flatten() {
                    let known = schema.get("properties").and_then(|known| known.get(name));
                    let pattern = || {
                        let patterns = schema.get("patternProperties")?.as_object()?;
                        patterns.iter().find(|(p, _)| Regex::new(p).unwrap().is_match(name)).map(|(_, of)| of)
                    };
                    let found = match known.or_else(pattern) {
                        Some(known) => wrong(known, part, &format!("{place}.{name}")),
                        None if *of == json!(false) => no(format!("unknown {name}")),
                        None => wrong(of, part, &format!("{place}.{name}")),
                    };
                    if found.is_some() {
                        return found;
                    }
                }
                true
            }
            other => panic!("{other} is a word that this test does not know"),
        };
        if !fine {
            return no(format!("{word} {of} refuses {value}"));
        }
    }
    None
}

fn refused(text: &str) -> Option<String> {
    let table: toml::Table = toml::from_str(text).unwrap();
    wrong(&schema(), &serde_json::to_value(table).unwrap(), "")
}

#[test]
fn every_shipped_scenario_is_valid() {
    for (folder, least) in [("../../scenarios", 40), ("../../scenarios/papers", 18)] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut count = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "toml") {
                let text = std::fs::read_to_string(&path).unwrap();
                assert_eq!(refused(&text), None, "{}", path.display());
                count += 1;
            }
        }
        assert!(count >= least);
    }
}

#[test]
fn what_the_reader_reads_is_valid() {
    for text in [
        "[units]\nreference = \"5 GHz\"\n[drive]\namplitude = \"20 MHz\"\n[time]\nend = \"1 us\"\n",
        "[battery]\ncells = 2\nfrequency = [1.0, 1.2]\n[coupling]\nstrength = [1, 0.5]\n[time]\nvalues = [0, 1.5]\n",
        "[charger]\nkind = \"oscillator\"\ncutoff = \"auto\"\n[initial]\ncharger = { coherent = -2.0 }\nbattery = { fock = 1 }\n[time]\nend = 1.0\n",
        "[drive]\namplitude = 1.0\n[[stage]]\nkind = \"evolve\"\nduration = 1.0\ndrive.amplitude = 0.5\n[[stage]]\nkind = \"reset\"\ntarget = \"charger\"\nstate = { thermal = 0.1 }\n[sweep]\n\"stage.1.duration\" = [1, 2]\n\"stage.1.drive.amplitude\" = { from = 0.1, to = 1.0, points = 3 }\n\"stage.2.state.thermal\" = [0.1, 0.2]\n",
        "[initial]\ncharger = { superposition = [0.6, [0, 0.8]] }\n[time]\nend = 1.0\n",
        "[time]\nend = 1.0\n[disorder]\nsamples = 3\nseed = 1\nkeep = true\n\"battery.frequency\" = { normal = [1.0, 0.1] }\ncoupling.strength = { uniform = [0.9, 1] }\n",
        "[time]\nend = 1.0\n[charger]\ndephasing = 1.0\n[drive]\namplitude = 0.5\n[sweep]\ncharger.dephasing = [0.1, 0.2]\n\"battery.cells\" = { from = 1, to = 3 }\ninitial.battery.fock = [0, 1]\n",
        "[time]\nend = 1.0\n[parts]\ncells = { count = 3, edges = [[1, 2]] }\no = { kind = \"oscillator\", initial = { fock = 1 } }\n[parameters]\nJ = 1.0\nK = \"2*J\"\n[hamiltonian]\nbattery = \"n(cells[1])\"\ncharging = \"K*n(o)\"\n[[channel]]\noperator = \"sm(i)\"\neach = \"cells\"\nrate = \"J/i\"\n[sweep]\n\"parameters.J\" = [1.0, 2.0]\nparts.cells.count = [2, 3]\nparts.o.initial.fock = \"parts.cells.count\"\n",
    ] {
        Scenario::parse("test", text).unwrap_or_else(|report| panic!("{report}"));
        assert_eq!(refused(text), None, "{text}");
    }
}

#[test]
fn slips_are_told() {
    for text in [
        "titel = \"x\"",
        "[chargr]\n",
        "[charger]\ndephasin = 1.0",
        "[charger]\nkind = \"qubt\"",
        "[charger]\ndephasing = -1.0",
        "[battery]\ncells = 0",
        "[battery]\ncells = 1.5",
        "[battery]\nfrequency = 0.0",
        "[units]\nreference = 5e9",
        "[initial]\ncharger = { fock = 1, thermal = 0.1 }",
        "[initial]\ncharger = \"grund\"",
        "[initial]\ncharger = { superposition = [0.6, [0.8]] }",
        "[initial]\ncharger = { superposition = [] }",
        "[[stage]]\nkind = \"evolve\"\ncharger.kind = \"qubit\"",
        "[[stage]]\nknd = \"evolve\"",
        "[sweep]\n\"charger.dephasin\" = [1.0]",
        "[sweep]\n\"charger.dephasing\" = { from = 1.0 }",
        "[sweep]\n\"charger.dephasing\" = { from = 1.0, to = 2.0, point = 3 }",
        "[sweep]\n\"stage.0.duration\" = [1.0]",
        "[sweep]\n\"stage.1.kind\" = [1.0]",
        "[optimise]\nvariables = { \"charger.dephasing\" = [1.0] }",
        "[parts]\ncells = 3",
        "[parts]\ncells = { kind = \"qbit\" }",
        "[parts]\ncells = { edges = [[1, 2, 3]] }",
        "[parameters]\nJ = [1.0]",
        "[hamiltonian]\nbatery = \"Z(cells)\"",
        "[[channel]]\nrat = 0.1",
        "[disorder]\n\"drive.amplitude\" = { normal = [1.0, 0.1] }",
        "[disorder]\nsamples = 3\n\"drive.amplitude\" = { normal = [1.0] }",
        "[disorder]\nsamples = 3\n\"drive.amplitude\" = { gauss = [1.0, 0.1] }",
        "[disorder]\nsamples = 3\n\"drive.amplitud\" = { normal = [1.0, 0.1] }",
    ] {
        assert!(refused(text).is_some(), "{text}");
    }
}

#[test]
fn every_key_has_its_meaning() {
    let schema = schema();
    for key in KEYS.iter() {
        let table = match key.table {
            "" => &schema["properties"],
            "stage" => &schema["properties"]["stage"]["items"]["properties"],
            "channel" => &schema["properties"]["channel"]["items"]["properties"],
            "parts.NAME" => &schema["properties"]["parts"]["additionalProperties"]["properties"],
            "parameters" => {
                let description = &schema["properties"]["parameters"]["additionalProperties"]["description"];
                assert_eq!(description, key.doc);
                continue;
            }
            table => &schema["properties"][table]["properties"],
        };
        assert_eq!(table[key.name]["description"], key.doc, "{key}");
    }
}
