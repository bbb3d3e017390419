//! What shells and `man` read.

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::arguments::Arguments;
use crate::outcome::{Code, Failure, say};

pub(crate) fn completions(shell: Shell) -> Result<Code, Failure> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "leyden", &mut out);
    say(&String::from_utf8_lossy(&out)).map(|()| Code::Good)
}

/// One page: `leyden`, then a section for every command.
pub(crate) fn man() -> Result<Code, Failure> {
    let page = page().map_err(Failure::writing("the manual page".as_ref()))?;
    say(&String::from_utf8_lossy(&page)).map(|()| Code::Good)
}

fn page() -> std::io::Result<Vec<u8>> {
    let mut command = Arguments::command();
    command.build();
    let whole = Man::new(command.clone());
    let mut page = Vec::new();
    whole.render_title(&mut page)?;
    whole.render_name_section(&mut page)?;
    whole.render_synopsis_section(&mut page)?;
    whole.render_description_section(&mut page)?;
    whole.render_options_section(&mut page)?;
    for command in command.get_subcommands().filter(|command| command.get_name() != "help") {
        page.extend_from_slice(format!(".SH LEYDEN {}\n", command.get_name().to_uppercase()).as_bytes());
        let part = Man::new(command.clone());
        let mut sections = Vec::new();
        part.render_synopsis_section(&mut sections)?;
        part.render_description_section(&mut sections)?;
        part.render_options_section(&mut sections)?;
        // Their sections are parts of this one.
        page.extend_from_slice(String::from_utf8_lossy(&sections).replace(".SH ", ".SS ").as_bytes());
    }
    whole.render_extra_section(&mut page)?;
    Ok(page)
}
