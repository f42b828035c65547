//! Decides about the items of a feed one by one, with an index in a folder.

use qissa::{Article, Config, Ingester};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("qissa-example-{}", std::process::id()));
    let feed = [
        Article::headline("1", "Minister opens the new bridge over the river"),
        Article::headline("2", "Rain expected on the coast this weekend"),
        Article::headline("3", "Minister opens new bridge over the river"),
        Article::headline("1", "Minister opens the new bridge over the river"),
    ];
    let mut index = Ingester::open(&folder, &Config::default(), None)?;
    for (item, now) in feed.iter().zip(1_790_000_000..) {
        let commit = index.add(std::slice::from_ref(item), now)?;
        for outcome in &commit.outcomes {
            println!("{:?}\t{}", outcome.decision, item.title);
        }
        index.acknowledge_durably()?;
    }
    drop(index);
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
