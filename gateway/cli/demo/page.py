from pathlib import Path
def write_page(story, stage) -> Path:
    p = stage.folder / "page.html"; p.write_text("x"); return p
