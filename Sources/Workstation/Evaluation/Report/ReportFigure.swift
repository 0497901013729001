import Foundation

/// A plot of a report, with its script, which reads data files in the same folder and writes `<name>.svg`.
struct ReportFigure {
  /// Base name of its files.
  var name: String
  var caption: String
  /// A text alternative for screen readers.
  var description: String
  var script: String

  var scriptName: String { name + ".gnuplot" }
  var graphicName: String { name + ".svg" }

  /// The first lines of every script: a plot of 524 × 524 points with its key below it in two columns.
  static func preamble(_ name: String, title: String, keyCount: Int) -> String {
    let rows = (keyCount + 1) / 2
    let height = 664 + 22 * rows
    func screen(_ points: Int) -> String { String(format: "screen %.4f", 1 - Double(points) / Double(height)) }
    return """
      # Draw again: gnuplot \(name).gnuplot
      set terminal svg size 640,\(height) dynamic enhanced font "sans-serif,15" background "white"
      set output "\(name).svg"
      set title \(Gnuplot.quoted(title)) noenhanced
      set lmargin at screen 0.15
      set rmargin at screen 0.96875
      set tmargin at \(screen(50))
      set bmargin at \(screen(574))
      set grid linetype 1 linecolor rgb "#e4e4e4"
      set key at screen 0.5,\(screen(652)) center top Left reverse maxrows \(rows) samplen 2.5 noenhanced

      """
  }

  /// Line styles with colors that people with any color vision can distinguish; dashed from the ninth line on.
  ///
  /// - Reference: Okabe, Ito 2008, "Color Universal Design".
  static func lineStyle(_ index: Int) -> String {
    let color = colors[index % colors.count]
    return "linecolor rgb \"\(color)\" linewidth 2 dashtype \(index / colors.count % 5 + 1)"
  }

  static let colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999933"]

  /// The drawn plot as part of an HTML page: without prolog, with unique names and a description.
  static func inline(svg: String, name: String, description: String) -> String {
    var text = String(svg[(svg.range(of: "<svg")?.lowerBound ?? svg.startIndex)...])
    for tag in ["title", "desc"] {
      if let start = text.range(of: "<\(tag)>"), let end = text.range(of: "</\(tag)>"),
        start.lowerBound < end.lowerBound
      {
        text.removeSubrange(start.lowerBound..<end.upperBound)
      }
    }
    for mark in [" id=\"", " id='", "href='#", "href=\"#", "url(#"] {
      text = text.replacingOccurrences(of: mark, with: mark + name + "-")
    }
    if let opening = text.range(of: "<svg") {
      text.replaceSubrange(opening, with: "<svg role=\"img\" aria-label=\"\(HTMLText.escaped(description))\"")
    }
    return text
  }
}
