import Evaluation
import Foundation
import Testing
import Training

@Suite struct ComparisonGridTests {
  private static func grid(_ text: String) throws -> ComparisonGrid { try ComparisonGrid(data: Data(text.utf8)) }

  @Test("A cell's recipe overrides its table's, which overrides the grid's") func merging() throws {
    let grid = try Self.grid(
      """
      {"seeds": [4, 5], "recipe": {"steps": 7, "weights": {"ctc": 0.5, "match": 0.25}},
       "starts": {"warm": {"steps": 3}},
       "tables": [
         {"name": "a", "title": "A", "start": "warm", "recipe": {"weights": {"match": 0.75}},
          "cells": [{"name": "x"}, {"name": "y", "start": null, "recipe": {"weights": {"ctc": 2}}}]},
         {"name": "b", "seeds": [9], "curves": true, "cells": [{"name": "x", "recipe": {"steps": 8}}]}]}
      """)
    var expected = TrainingRecipe()
    expected.steps = 7
    expected.weights.ctc = 0.5
    expected.weights.match = 0.75
    #expect(grid.tables[0].cells[0].recipe == expected)
    expected.weights.ctc = 2
    #expect(grid.tables[0].cells[1].recipe == expected)
    #expect(grid.tables[0].cells.map(\.start) == ["warm", nil])
    #expect(grid.tables[0].cells[1].settings == ["weights.ctc": "2"])
    #expect(grid.starts["warm"]?.steps == 3)
    #expect(grid.tables.map(\.hasCurves) == [false, true])
    #expect(grid.tables[1].title == "b")
  }

  @Test("The first seed of every cell comes before the second seed of any cell") func order() throws {
    let grid = try Self.grid(
      """
      {"seeds": [4, 5], "tables": [
         {"name": "a", "cells": [{"name": "x"}, {"name": "y"}]}, {"name": "b", "seeds": [9], "cells": [{"name": "x"}]}]}
      """)
    #expect(grid.runs.map { "\($0.cell.table)\($0.cell.name)\($0.seed)" } == ["ax4", "ay4", "bx9", "ax5", "ay5"])
    #expect(grid.runs.map(\.recipe.seed) == [4, 4, 9, 5, 5])
    #expect(grid.runs[0].equals(grid.runs[1]) && !grid.runs[0].equals(grid.runs[2]))
  }

  @Test(
    "An error in a grid is reported with its position",
    arguments: [
      ("[]", "the grid"), ("{", "not valid JSON"), (#"{"tables": []}"#, "tables"),
      (#"{"table": []}"#, "unknown key table"),
      (#"{"tables": [{"name": "a", "cells": []}]}"#, "tables[0].cells"),
      (#"{"tables": [{"cells": [{"name": "x"}]}]}"#, "tables[0].name"),
      (#"{"tables": [{"name": "a", "cells": [{"name": "x"}, {"name": "x"}]}]}"#, "x occurs twice"),
      (#"{"tables": [{"name": "a", "start": "warm", "cells": [{"name": "x"}]}]}"#, "start warm"),
      (#"{"tables": [{"name": "a", "cells": [{"name": "x", "recipe": {"step": 1}}]}]}"#, "step"),
      (#"{"seeds": [-1], "tables": [{"name": "a", "cells": [{"name": "x"}]}]}"#, "seeds"),
      (#"{"tables": [{"name": "a", "cells": [{"name": "x"}]}, {"name": "a", "cells": [{"name": "x"}]}]}"#, "a name"),
      (#"{"maps": [{"table": "a"}], "tables": [{"name": "a", "cells": [{"name": "x"}]}]}"#, "maps[0].cell"),
    ])
  func faults(text: String, place: String) {
    do {
      _ = try Self.grid(text)
      Issue.record("\(text) was taken")
    } catch { #expect("\(error)".contains(place), "\(error)") }
  }

  @Test("The error for a missing grid names the folder of grids") func missing() {
    do {
      _ = try ComparisonGrid(path: "/nonexistent/grid.json")
      Issue.record("a missing file was read")
    } catch { #expect(error.description.contains("/nonexistent/grid.json: cannot read the file")) }
  }

  @Test("The grid in the repository is valid") func released() throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../models/recipes/compare.json").path
    let grid = try ComparisonGrid(path: path)
    #expect(grid.runs.allSatisfy { $0.recipe.network.fault == nil })
    #expect(Set(grid.maps.map(\.table)).isSubset(of: grid.tables.map(\.name)))
    #expect(Set(grid.runs.map { $0.folder(output: URL(fileURLWithPath: "/x")).path }).count == grid.runs.count)
  }

  @Test("A run's lock has one holder and is released with it") func lock() throws {
    let path = NSTemporaryDirectory() + "cooee-lock-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    var first = try RunLock(path: path)
    #expect(first != nil)
    #expect(try RunLock(path: path) == nil)
    first = nil
    #expect(try RunLock(path: path) != nil)
    #expect(throws: UnwritableRunFile.self) { try RunLock(path: "/nonexistent/folder/lock") }
  }
}
