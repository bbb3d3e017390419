//! "did you mean ..?" wherever a name is mistyped.

use leyden_scenario::{Scenario, with_overrides};

fn report(text: &str) -> String {
    Scenario::parse("test.toml", text).err().map_or(String::new(), |report| report.to_string())
}

#[test]
fn every_slip_of_the_pen_is_understood() {
    for (text, near) in [
        // Tables, keys, words.
        ("[chargr]\ndephasing = 1.0\n", "`charger`"),
        ("[sweeep]\n\"charger.dephasing\" = [1.0]\n", "`sweep`"),
        ("titel = \"x\"\n", "`title`"),
        ("[charger]\ndephasin = 1.0\n", "`dephasing`"),
        ("[battery]\nT1 = 1.0\n", "`t1`"),
        ("[charger]\ntemprature = 1.0\n", "`temperature`"),
        ("[battery]\nkind = \"qubitt\"\n", "\"qubit\""),
        ("[coupling]\nform = \"dipol\"\n", "\"dipole\""),
        ("[coupling]\nscaling = \"inverse-sqrt\"\n", "\"inverse-sqrt-cells\""),
        ("[method]\nname = \"rabi\"\n", "\"rabi-blocks\""),
        ("[method]\nname = \"implict\"\n", "\"implicit\""),
        ("[time]\nend = 1.0\nspacing = \"lin\"\n", "\"linear\""),
        ("[charger]\nkind = \"oscillator\"\ncutoff = \"automatic\"\n", "\"auto\""),
        // States.
        ("[initial]\ncharger = { fok = 1 }\n", "`fock`"),
        ("[initial]\nbattery = \"groud\"\n", "\"ground\""),
        ("[initial]\ncharger = \"fock\"\n", "{ fock = 1 }"),
        ("[engine]\nload = { dwn = 1.0, up = 1.0 }\n", "`down`"),
        // Stages.
        ("[[stage]]\nkind = \"evolv\"\n", "\"evolve\""),
        ("[[stage]]\nkind = \"wait\"\nduraton = 1.0\n", "`duration`"),
        ("[[stage]]\nkind = \"wait\"\ndrve.amplitude = 1.0\n", "`drive`"),
        ("[[stage]]\nkind = \"wait\"\ndrive.amplitud = 1.0\n", "`amplitude`"),
        ("[[stage]]\nkind = \"evolve\"\nduration = \"optmal\"\n", "\"optimal\""),
        ("[[stage]]\nkind = \"pulse\"\ntarget = \"batery\"\nangle = 1.0\n", "\"battery\""),
        ("[[stage]]\nkind = \"pulse\"\ntarget = \"battery\"\nangle = \"90 degrees\"\n", "`deg`"),
        // Studies.
        ("[sweep]\n\"charger.dephasin\" = [1.0]\n", "`charger.dephasing`"),
        ("[sweep]\n\"chrger.t2\" = [1.0]\n", "`charger.t2`"),
        ("[sweep]\n\"amplitude\" = [1.0]\n", "`drive.amplitude`"),
        (
            "[[stage]]\nkind = \"wait\"\nduration = 1.0\n[sweep]\n\"stage.1.duratio\" = [1.0]\n",
            "`stage.1.duration`",
        ),
        (
            "[[stage]]\nkind = \"wait\"\nduration = 1.0\n[sweep]\n\"stage.1.batery.t1\" = [1.0]\n",
            "`stage.1.battery.t1`",
        ),
        ("[sweep]\n\"charger.dephasing\" = { from = 0.1, to = 1.0, spacing = \"logg\" }\n", "\"log\""),
        ("[sweep]\n\"charger.dephasing\" = { from = 0.1, too = 1.0 }\n", "`to`"),
        (
            "[sweep]\n\"battery.cells\" = [1, 2]\n\"initial.charger.fock\" = \"2*batery.cells\"\n",
            "`battery.cells`",
        ),
        ("[sweep]\n\"battery.cells\" = [1, 2]\n\"coupling.strength\" = \"sqr(battery.cells)\"\n", "`sqrt`"),
        ("[optimise]\nobjectiv = \"ergotropy.limit\"\n", "`objective`"),
        (
            "[optimise]\nobjective = \"ergotropy.limit\"\nvariables = { \"drive.amplitud\" = { from = 0.1, to = 1.0 } }\n",
            "`drive.amplitude`",
        ),
        // Units.
        ("units.reference = \"5 GHZ\"\n", "`GHz`"),
        ("units.reference = \"5 mhz\"\n", "`MHz`"),
        ("units.reference = \"1 Hz\"\ndrive.amplitude = \"5 ghz\"\n", "`GHz`"),
        ("units.reference = \"1 Hz\"\ndrive.amplitude = \"5 grad/s\"\n", "`Grad/s`"),
        ("units.reference = \"1 Hz\"\n[time]\nend = \"5 US\"\n", "`us`"),
        ("units.reference = \"1 Hz\"\n[time]\nend = \"5 minutes\"\n", "`min`"),
        ("units.reference = \"1 Hz\"\n[charger]\ndephasing = \"5 1/US\"\n", "`1/us`"),
        ("units.reference = \"1 Hz\"\n[charger]\nt1 = \"5 uS\"\n", "`us`"),
        ("units.reference = \"1 Hz\"\n[charger]\ntemperature = \"5 mk\"\n", "`mK`"),
    ] {
        let said = report(text);
        assert!(said.contains(&format!("did you mean {near}?")), "{near} not in\n{said}");
    }
    // A unit of something else is no slip of the pen.
    for text in [
        "units.reference = \"1 Hz\"\n[time]\nend = \"5 MHz\"\n",
        "units.reference = \"1 Hz\"\n[charger]\ndephasing = \"5 us\"\n",
        "units.reference = \"1 Hz\"\n[charger]\ndephasing = \"5 eV\"\n",
    ] {
        let said = report(text);
        assert!(!said.contains("did you mean") && said.contains("it takes"), "{said}");
    }
}

#[test]
fn what_is_set_is_understood_as_well() {
    for (argument, near) in [
        ("charger.dephasin=1.0", "`dephasing`"),
        ("chargr.dephasing=1.0", "`charger`"),
        ("charger.kind=oscilator", "\"oscillator\""),
        ("stage.1.duratio=1.0", "`duration`"),
        ("sweep.charger.dephasin=[1.0]", "`charger.dephasing`"),
        ("method.name=implict", "\"implicit\""),
        ("drive.amplitude=5 GHZ", "`GHz`"),
        ("titel=x", "`title`"),
    ] {
        let base = "units.reference = \"5 GHz\"\n[[stage]]\nkind = \"wait\"\nduration = 1.0\n";
        let said = report(&with_overrides(base, &[argument.to_string()]).unwrap());
        assert!(said.contains(&format!("did you mean {near}?")), "{argument}: {near} not in\n{said}");
    }
}
