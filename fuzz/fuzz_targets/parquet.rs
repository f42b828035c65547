#![no_main]

#[path = "../checks.rs"]
mod checks;

// The parser of Parquet panics on some damaged files. The reader catches the panic, so the hook is
// silent.
libfuzzer_sys::fuzz_target!(init: std::panic::set_hook(Box::new(|_| ())), |bytes: &[u8]| checks::check("parquet", bytes));
