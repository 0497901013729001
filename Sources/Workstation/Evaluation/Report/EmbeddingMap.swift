import Foundation
import KeywordSpotting

/// A run's phoneme embeddings of audio and text on their two largest principal components, colored by modality and by
/// manner of articulation.
///
/// Each run is projected on its own components, because the spaces of two runs have no axes in common.
struct EmbeddingMap {
  struct Point {
    var modality: RunEmbeddings.Modality
    var phoneme: Phoneme
    var x: Double
    var y: Double
  }

  let points: [Point]
  /// Shares of the variance along x and y.
  let varianceShares: [Double]

  /// - Precondition: at least one embedding, of two dimensions or more.
  init(_ embeddings: RunEmbeddings) {
    let components = PrincipalComponents(embeddings.items.map(\.vector))
    varianceShares = components.varianceShares
    points = embeddings.items.map { item in
      let place = components.project(item.vector)
      return Point(modality: item.modality, phoneme: item.phoneme, x: place[0], y: place[1])
    }
  }

  /// The largest absolute coordinate.
  var extent: Double { points.reduce(0) { max($0, abs($1.x), abs($1.y)) } }

  /// `x y modality phoneme class`
  var table: String {
    points.reduce("# x\ty\tmodality\tphoneme\tclass\n") { text, point in
      text
        + "\(point.x)\t\(point.y)\t\(point.modality.rawValue)\t\(point.phoneme.arpabet)\t\(point.phoneme.manner.rawValue)\n"
    }
  }

  /// `x y phoneme`: the mean of each phoneme's text embeddings.
  var labels: String {
    var text = "# x\ty\tphoneme\n"
    for phoneme in Phoneme.allCases {
      let own = points.filter { $0.phoneme == phoneme && $0.modality == .text }
      guard !own.isEmpty else { continue }
      let (x, y) = own.reduce((0.0, 0.0)) { ($0.0 + $1.x, $0.1 + $1.y) }
      text += "\(x / Double(own.count))\t\(y / Double(own.count))\t\(phoneme.arpabet)\n"
    }
    return text
  }

  /// The two plots.
  ///
  /// - Parameters:
  ///   - number: number of the map in the report, from 1; part of the file names.
  ///   - extent: half the width of the axes, the same for all runs.
  func figures(number: Int, caption: String, extent: Double) -> [ReportFigure] {
    let data = Self.dataName(number)
    func percentOf(_ share: Double) -> String { String(format: "%.0f %%", 100 * share) }
    let axes = """
      set xrange [\(-extent):\(extent)]
      set yrange [\(-extent):\(extent)]
      set xlabel "first component, \(percentOf(varianceShares[0])) of the variance"
      set ylabel "second component, \(percentOf(varianceShares[1])) of the variance"

      """
    func series(_ column: Int, _ value: String, _ modality: RunEmbeddings.Modality?, _ style: String) -> String {
      let test = "strcol(\(column)) eq \"\(value)\"" + (modality.map { " && strcol(3) eq \"\($0.rawValue)\"" } ?? "")
      return "  \"\(data)\" using 1:(\(test) ? $2 : NaN) with points \(style)"
    }
    let byModality = "map-modality-\(number)"
    let byClass = "map-class-\(number)"
    let audioCount = points.count { $0.modality == .audio }
    let counts = "\(audioCount) embeddings of audio and \(points.count - audioCount) of text"
    let manners = MannerOfArticulation.allCases.filter { manner in points.contains { $0.phoneme.manner == manner } }
    let classSeries = manners.flatMap { manner -> [String] in
      let color = ReportFigure.colors[MannerOfArticulation.allCases.firstIndex(of: manner)!]
      return [
        series(5, manner.rawValue, .audio, "pointtype 7 pointsize 0.5 linecolor rgb \"\(color)\" ")
          + "title \(Gnuplot.quoted(manner.rawValue))",
        series(5, manner.rawValue, .text, "pointtype 9 pointsize 0.9 linecolor rgb \"\(color)\" notitle"),
      ]
    }
    return [
      ReportFigure(
        name: byModality, caption: "\(caption): by modality",
        description: "Map of \(counts), \(caption), colored by modality.",
        script: ReportFigure.preamble(byModality, title: caption, keyCount: 2) + axes + "plot \\\n"
          + [
            series(
              3, "audio", nil, "pointtype 7 pointsize 0.5 linecolor rgb \"\(ReportFigure.colors[0])\" title \"audio\""),
            series(
              3, "text", nil, "pointtype 9 pointsize 0.9 linecolor rgb \"\(ReportFigure.colors[1])\" title \"text\""),
          ].joined(separator: ", \\\n") + "\n"),
      ReportFigure(
        name: byClass, caption: "\(caption): by phoneme class; dots are audio, triangles and letters text",
        description: "Map of \(counts), \(caption), colored by manner of articulation.",
        script: ReportFigure.preamble(byClass, title: caption, keyCount: manners.count) + axes + "plot \\\n"
          + (classSeries + [
            "  \"\(Self.labelsName(number))\" using 1:2:3 with labels font \",12\" offset 0.6,0.6 notitle"
          ]).joined(separator: ", \\\n") + "\n"),
    ]
  }

  static func dataName(_ number: Int) -> String { "map-\(number).tsv" }
  static func labelsName(_ number: Int) -> String { "map-\(number)-labels.tsv" }
}

/// The classes of phonemes in which embeddings are expected to cluster.
enum MannerOfArticulation: String, CaseIterable {
  case vowels, diphthongs, stops, affricates, fricatives, nasals, approximants
}

extension Phoneme {
  var manner: MannerOfArticulation {
    switch self {
    case .aa, .ae, .ah, .ao, .eh, .er, .ih, .iy, .uh, .uw: .vowels
    case .aw, .ay, .ey, .ow, .oy: .diphthongs
    case .b, .d, .g, .k, .p, .t: .stops
    case .ch, .jh: .affricates
    case .dh, .f, .hh, .s, .sh, .th, .v, .z, .zh: .fricatives
    case .m, .n, .ng: .nasals
    case .l, .r, .w, .y: .approximants
    }
  }
}
