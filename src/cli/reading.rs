//! The options of reading, common to all subcommands, and messages about inputs.
//!
//! [`qissa::input::Corpus`] reads. This module makes [`ReadOptions`] from flags, prints warnings
//! and rejected inputs, and words [`Hint`]s by flags.

use std::error::Error;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::note;
use qissa::article::Article;
use qissa::input::{
    Corpus, ExceededLimit, FieldNames, Format, Hint, Items, Loaded, ReadError, ReadOptions,
    RejectCause, RejectedRecord, UnpackLimits, Warning,
};
use qissa::report::{Lost, PassedOver};

/// How inputs are read.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Reading")]
pub struct ReadingArgs {
    /// The format of all inputs; by default detected from the content
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    input_format: Option<Format>,
    /// The column names of tables whose first line does not name the columns
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    columns: Vec<String>,
    /// The path of the list of records in JSON, such as response.docs; by default the list that is
    /// most like a list of news
    #[arg(long, value_name = "PATH")]
    records: Option<String>,
    /// The key or column of the id; dots lead into objects, as in meta.id, here and in the keys
    /// below
    #[arg(long, value_name = "KEY")]
    id_key: Option<String>,
    /// The key or column of the title
    #[arg(long, value_name = "KEY")]
    title_key: Option<String>,
    /// The key or column of the body
    #[arg(long, value_name = "KEY")]
    text_key: Option<String>,
    /// The key or column of the address
    #[arg(long, value_name = "KEY")]
    url_key: Option<String>,
    /// The key or column of the outlet
    #[arg(long, value_name = "KEY")]
    source_key: Option<String>,
    /// The key or column of the date of publication
    #[arg(long, value_name = "KEY")]
    date_key: Option<String>,
    /// The key or column of the language
    #[arg(long, value_name = "KEY")]
    language_key: Option<String>,
    /// Maximum size that one compressed file or archive may unpack to, such as 2GiB
    #[arg(long, value_name = "SIZE", default_value = "8GiB", value_parser = super::size::parse)]
    unpack_limit: u64,
    /// Maximum ratio of unpacked to packed size, beyond 32 MiB
    #[arg(long, value_name = "N", default_value_t = UnpackLimits::default().ratio)]
    unpack_ratio: u64,
}

/// Parses the name of a [`Format`]; the help lists all names.
fn format_parser() -> impl TypedValueParser<Value = Format> {
    let names = Format::ALL.map(|format| PossibleValue::new(format.name()).help(format.summary()));
    PossibleValuesParser::new(names).map(|name| {
        let format = Format::ALL.into_iter().find(|format| format.name() == name);
        format.expect("the parser accepts names of formats only")
    })
}

impl ReadingArgs {
    /// The options of the library.
    pub fn options(&self) -> ReadOptions {
        ReadOptions {
            format: self.input_format,
            field_names: self.field_names(),
            limits: UnpackLimits {
                total: self.unpack_limit,
                ratio: self.unpack_ratio,
            },
        }
    }

    pub fn field_names(&self) -> FieldNames {
        FieldNames {
            id: self.id_key.clone(),
            title: self.title_key.clone(),
            text: self.text_key.clone(),
            url: self.url_key.clone(),
            source: self.source_key.clone(),
            published: self.date_key.clone(),
            language: self.language_key.clone(),
            columns: self.columns.clone(),
            records: self.records.clone(),
        }
    }

    /// Loads and unpacks inputs. Prints the members of folders that cannot be loaded.
    pub fn load(&self, inputs: &[PathBuf], quiet: bool) -> anyhow::Result<Loaded> {
        let corpus = Corpus::open(inputs, self.options()).map_err(with_hint)?;
        let loaded = corpus.load().map_err(with_hint)?;
        print_rejected_inputs(loaded.rejected(), quiet);
        Ok(loaded)
    }
}

/// The items of all inputs, and the rejected inputs and records for the report.
pub struct Intake<'a> {
    pub articles: Vec<Article<'a>>,
    pub passed_over: PassedOver,
}

/// Maximum number of rejected records kept for the report.
const MAX_REPORTED: usize = 200;

/// The items of loaded inputs. Prints warnings and rejections.
pub fn read_all(loaded: &Loaded, quiet: bool) -> anyhow::Result<Intake<'_>> {
    let items = loaded.items().map_err(with_hint)?;
    print_rejected_inputs(items.not_parsed(), quiet);
    print_rejected_records(&items.records, quiet);
    let files: Vec<String> = items.inputs().map(message).collect();
    if !files.is_empty() {
        note(quiet, &counted(files.len(), "file", "skipped"));
    }
    items.require_any()?;
    for warning in &items.warnings {
        print_warning(warning, quiet);
    }
    let Items {
        articles,
        records,
        undated,
        ..
    } = items;
    let passed_over = PassedOver {
        records: records.len(),
        named: records.iter().take(MAX_REPORTED).map(lost).collect(),
        files,
        undated,
    };
    Ok(Intake {
        articles,
        passed_over,
    })
}

fn lost(record: &RejectedRecord) -> Lost {
    Lost {
        place: format!("{}:{}", record.source, record.line),
        cause: cause(&record.cause),
    }
}

/// "1 file skipped", "2 files skipped".
pub fn counted(count: usize, noun: &str, verb: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural} {verb}")
}

pub fn print_warning(warning: &Warning, quiet: bool) {
    note(quiet, &format!("warning: {warning}"));
}

/// Prints rejected inputs that the user did not name.
pub fn print_rejected_inputs<'e>(errors: impl IntoIterator<Item = &'e ReadError>, quiet: bool) {
    for error in errors {
        note(quiet, &format!("skipped: {}", message(error)));
    }
}

/// Maximum number of rejected records printed one by one.
pub const MAX_PRINTED: usize = 10;

/// Prints the number of rejected records, and the first of them.
pub fn print_rejected_records(records: &[RejectedRecord], quiet: bool) {
    for record in records.iter().take(MAX_PRINTED) {
        print_rejected_record(record, quiet);
    }
    if !records.is_empty() {
        note(quiet, &counted(records.len(), "record", "skipped"));
    }
}

pub fn print_rejected_record(record: &RejectedRecord, quiet: bool) {
    let RejectedRecord { source, line, .. } = record;
    let cause = cause(&record.cause);
    note(quiet, &format!("{source}:{line}: skipped: {cause}"));
}

/// Why a record was rejected, with the flags that may help.
pub fn cause(cause: &RejectCause) -> String {
    hinted(cause.to_string(), cause.hint())
}

/// A read error for the user, with the flags that may help.
pub fn with_hint(error: ReadError) -> anyhow::Error {
    match error.hint() {
        None => error.into(),
        Some(_) => anyhow::Error::msg(message(&error)),
    }
}

/// The message of an error with the causes and the flags that may help.
pub fn message(error: &ReadError) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        message += &format!(": {cause}");
        source = cause.source();
    }
    hinted(message, error.hint())
}

fn hinted(message: String, hint: Option<Hint>) -> String {
    let Some(hint) = hint else {
        return message;
    };
    match hint {
        Hint::NameFormat => format!("{message}; name one with --input-format if it is"),
        Hint::NameFields => {
            format!("{message}: name their keys with --title-key, --text-key and --id-key")
        }
        Hint::NameColumns => {
            format!("{message}: name one with --title-key, or all with --columns")
        }
        Hint::NameRecords(paths) => {
            format!("{message}: name one of {} with --records", paths.join(", "))
        }
        Hint::RaiseLimit(limit) => {
            let flag = match limit {
                ExceededLimit::Total { .. } => "--unpack-limit",
                _ => "--unpack-ratio",
            };
            format!("{message}; raise {flag} if you trust the file, or unpack it first")
        }
        Hint::EnableFeature(feature) => format!("{message}: build with the feature {feature:?}"),
        _ => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_state_causes_and_flags() {
        let refused = ReadError::NoTextColumn {
            name: "f".to_owned(),
            columns: vec!["x".to_owned()],
        };
        assert!(message(&refused).ends_with("name one with --title-key, or all with --columns"));
        let io = ReadError::Io {
            name: "f".to_owned(),
            source: std::io::Error::other("disk failure"),
        };
        assert_eq!(message(&io), "cannot read f: disk failure");
        assert_eq!(
            format!("{:#}", with_hint(io)),
            "cannot read f: disk failure"
        );
    }
}
