"""`gateway mirror`: a live account behind the gateway."""

import typer

from gateway.commands.mirror_check import check

app = typer.Typer(name="mirror", no_args_is_help=True, add_completion=False, help="Keep the store equal to an account.")
app.command("check")(check)


@app.callback()
def mirror() -> None:
    """Keep the store equal to an account."""
