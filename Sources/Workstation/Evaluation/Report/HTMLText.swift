/// Parts of an HTML page.
enum HTMLText {
  /// Escapes a text for content or for a quoted attribute.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.append(character)
      }
    }
    return escaped
  }

  /// A table that scrolls horizontally on a narrow screen, also by keyboard.
  ///
  /// - Parameters:
  ///   - heading: plain texts.
  ///   - rows: the first cell of each is plain text and heads the row; the others are HTML.
  static func table(caption: String, heading: [String], rows: [[String]]) -> String {
    let head = heading.map { "<th scope=\"col\">\(escaped($0))</th>" }.joined()
    let body = rows.map { row in
      "<tr><th scope=\"row\">\(escaped(row[0]))</th>" + row.dropFirst().map { "<td>\($0)</td>" }.joined() + "</tr>\n"
    }.joined()
    return """
      <div class="scroll" role="region" tabindex="0" aria-label="\(escaped(caption))">
      <table>
      <caption>\(escaped(caption))</caption>
      <thead><tr>\(head)</tr></thead>
      <tbody>
      \(body)</tbody>
      </table>
      </div>

      """
  }

  /// A complete page without external resources.
  ///
  /// - Parameter body: HTML.
  static func page(title: String, body: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(escaped(title))</title>
    <style>
    body { font: 1rem/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; max-width: 76rem; margin: 0 auto; padding: 1rem }
    .scroll { overflow-x: auto; margin: 1rem 0 }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums }
    caption { text-align: left; font-weight: 600; padding: .3rem 0 }
    th, td { padding: .3rem .7rem; border-bottom: 1px solid #ccc; text-align: right; white-space: nowrap }
    th[scope=row], th:first-child { text-align: left; position: sticky; left: 0; background: #fff }
    .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem }
    figure { margin: 0 }
    figure svg { width: 100%; height: auto }
    figcaption { font-size: .9rem }
    </style>
    </head>
    <body>
    <main>
    <h1>\(escaped(title))</h1>
    \(body)</main>
    </body>
    </html>

    """
  }
}
