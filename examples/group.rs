//! Groups a small batch into stories and prints each story with its canonical item.

use qissa::{Article, Config, Engine};

fn main() -> Result<(), qissa::Error> {
    let articles = [
        Article::headline("1", "Minister opens the new bridge over the river"),
        Article::headline("2", "Minister opens new bridge over the river"),
        Article::headline(
            "3",
            "New bridge over the river draws thousands on first day",
        ),
        Article::headline("4", "Rain expected on the coast this weekend"),
    ];
    let engine = Engine::new(Config::default().check()?);
    let clustering = engine.group(&articles);
    for story in &clustering.stories {
        println!("{} {}", story.id, articles[story.canonical].title);
        for &position in &story.members {
            let placement = &clustering.placements[position];
            println!(
                "  {} {:.2} {}",
                placement.relation.name(),
                placement.similarity,
                articles[position].title
            );
        }
    }
    Ok(())
}
