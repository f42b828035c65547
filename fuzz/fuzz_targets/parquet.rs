#![no_main]

#[path = "../checks.rs"]
mod checks;

// The parser of Parquet panics on some damaged files; the reader catches that, so only what it lets through counts.
libfuzzer_sys::fuzz_target!(init: std::panic::set_hook(Box::new(|_| ())), |bytes: &[u8]| checks::check("parquet", bytes));
