//! Numbers of bytes, parsed from flags and worded.

/// Parses a size such as 2GiB, 500MB, 64k or 1000000, in bytes.
pub fn parse(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is not a size such as 2GiB, 500MB or 1000000");
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let number: f64 = text[..digits].parse().map_err(|_| wrong())?;
    let unit = text[digits..].trim().to_ascii_lowercase();
    let (letter, rest) = unit.split_at(unit.len().min(1));
    let power = match letter {
        "" | "b" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        _ => return Err(wrong()),
    };
    let base: f64 = match rest {
        "" | "ib" | "i" => 1024.0,
        "b" => 1000.0,
        _ => return Err(wrong()),
    };
    Ok((number * base.powi(power)) as u64)
}

/// A number of bytes in kB, MB or GB.
pub fn bytes(count: u64) -> String {
    match count as f64 {
        bytes if bytes < 1e6 => format!("{:.0} kB", bytes / 1e3),
        bytes if bytes < 1e9 => format!("{:.0} MB", bytes / 1e6),
        bytes => format!("{:.1} GB", bytes / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_with_units_are_parsed() {
        let read = |text: &str| parse(text).unwrap();
        assert_eq!(
            [read("2GiB"), read("2g"), read("1.5k"), read("17")],
            [2 << 30, 2 << 30, 1536, 17]
        );
        assert_eq!([read("500MB"), read("3 kb")], [500_000_000, 3000]);
        assert!(
            parse("much").is_err()
                && parse("2XB").is_err()
                && parse("").is_err()
                && parse("2GiBs").is_err()
        );
    }
}
