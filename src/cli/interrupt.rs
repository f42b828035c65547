//! Signals: Ctrl-C (SIGINT) and SIGTERM.
//!
//! A signal removes unfinished files and ends the run at once. After [`end_in_order`], the first
//! signal only asks the command to end, and the second ends the run. The exit code is 128 plus the
//! number of the signal, as in shells. SIGHUP is not handled, so `nohup` works.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

/// Whether the command ends in order after a signal.
static ENDS_IN_ORDER: AtomicBool = AtomicBool::new(false);

/// The received signal; 0 before a signal.
static ASKED: AtomicI32 = AtomicI32::new(0);

/// From now on the first signal does not end the run; [`signal`] returns it.
pub fn end_in_order() {
    ENDS_IN_ORDER.store(true, Ordering::SeqCst);
}

/// The signal that asked the command to end.
pub fn signal() -> Option<u8> {
    u8::try_from(ASKED.load(Ordering::SeqCst))
        .ok()
        .filter(|&signal| signal != 0)
}

/// The exit code of a run that a signal ended.
pub fn exit_code(signal: u8) -> u8 {
    128 + signal
}

/// Listens for signals on another thread.
#[cfg(unix)]
pub fn listen() -> io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
    std::thread::spawn(move || signals.forever().for_each(handle));
    Ok(())
}

/// Other systems end the run, and leave unfinished files under temporary names.
#[cfg(not(unix))]
pub fn listen() -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn handle(signal: i32) {
    if ENDS_IN_ORDER.load(Ordering::SeqCst) {
        let asked = ASKED.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst);
        if asked.is_ok() {
            return;
        }
    }
    // Held to the end, so no further file is begun.
    let _guard = super::writing::remove_temporary_files();
    std::process::exit(128 + signal);
}
