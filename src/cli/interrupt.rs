//! Ctrl-C (SIGINT) and SIGTERM. A run ends at once, without its unfinished files, unless its
//! command ends in order: then the first signal only asks for that, and the second one ends the run
//! at once. The exit code is 128 and the number of the signal, as shells have it. A hang-up is left
//! as it is, so that `nohup` works.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

/// Whether the command ends in order.
static ENDS_IN_ORDER: AtomicBool = AtomicBool::new(false);

/// The signal that asked the command to end in order; 0 before.
static ASKED: AtomicI32 = AtomicI32::new(0);

/// From now on the first signal does not end the run, but is told by [`signal`].
pub fn end_in_order() {
    ENDS_IN_ORDER.store(true, Ordering::SeqCst);
}

/// The signal that asked the command to end in order.
pub fn signal() -> Option<u8> {
    u8::try_from(ASKED.load(Ordering::SeqCst))
        .ok()
        .filter(|&signal| signal != 0)
}

/// The exit code of a run that a signal ended.
pub fn exit_code(signal: u8) -> u8 {
    128 + signal
}

/// Listens for signals on a thread of its own.
#[cfg(unix)]
pub fn listen() -> io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
    std::thread::spawn(move || signals.forever().for_each(hear));
    Ok(())
}

/// Elsewhere an interruption ends the run and leaves the unfinished file under its first name.
#[cfg(not(unix))]
pub fn listen() -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn hear(signal: i32) {
    let is_first = || {
        ASKED
            .compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    };
    if ENDS_IN_ORDER.load(Ordering::SeqCst) && is_first() {
        return;
    }
    // Held to the end, so that no other file is begun.
    let _none_begins = super::writing::remove_temporary_files();
    std::process::exit(i32::from(exit_code(
        u8::try_from(signal).unwrap_or_default(),
    )));
}
