"""Drawing a dialplan: `layout` decides where each step stands, `svg` draws it."""

from ivr.flow.drawing.svg import draw as draw
