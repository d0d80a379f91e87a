"""Charts: axes, bars, lines and boxes in SVG, for reports of answers, studies and measurements."""
