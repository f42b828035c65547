//! Explains why two items are, or are not, in one group.

use std::io;

use qissa::output::{Coloring, explanation};
use qissa::{Article, Config, Engine};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let articles = [
        Article::headline("1", "Minister opens the new bridge over the river"),
        Article::headline("2", "Minister opens new bridge over the river"),
        Article::headline("3", "Rain expected on the coast this weekend"),
    ];
    let engine = Engine::new(Config::default().check()?);
    for pair in [[0, 1], [0, 2]] {
        let found = engine.explain(&articles, pair, &())?;
        println!("same story: {:?}", found.same_story);
        explanation(&found, Coloring::Plain, &mut io::stdout())?;
    }
    Ok(())
}
