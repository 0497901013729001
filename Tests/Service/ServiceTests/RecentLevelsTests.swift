import ListeningService
import Testing

@Suite("Advice on the level")
struct RecentLevelsTests {
  private func add(_ peak: Double, count: Int = 1, to levels: inout RecentLevels) {
    for _ in 0..<count {
      levels.add(SoundLevel(peakDecibels: peak, rootMeanSquareDecibels: peak - 10, isClipping: false))
    }
  }

  @Test("zeros have no verdict until they are known to be a problem, which is then the only verdict")
  func zeros() {
    var levels = RecentLevels()
    #expect(levels.verdict(problem: nil) == nil)
    add(-.infinity, count: 30, to: &levels)
    #expect(levels.verdict(problem: nil) == nil)
    #expect(levels.verdict(problem: "only zeros") == LevelVerdict(text: "only zeros", isProblem: true))
    // Sound of a few seconds before does not make a dead microphone good.
    add(-20, to: &levels)
    add(-.infinity, count: 30, to: &levels)
    #expect(levels.verdict(problem: "only zeros")?.text == "only zeros")
  }

  @Test("the loudest peak of the last ten seconds decides between good and quiet")
  func peaks() {
    var levels = RecentLevels()
    add(-45.1, to: &levels)
    #expect(levels.verdict(problem: nil)?.text.hasPrefix("nothing was louder than -45 dBFS") == true)
    #expect(levels.verdict(problem: nil)?.isProblem == false)
    add(-45, to: &levels)
    #expect(levels.verdict(problem: nil) == LevelVerdict(text: "the level is good", isProblem: false))
    add(-60, count: RecentLevels.blockCount - 1, to: &levels)
    #expect(levels.verdict(problem: nil)?.text == "the level is good")
    add(-60, to: &levels)
    #expect(levels.verdict(problem: nil)?.text.hasPrefix("nothing was louder") == true)
  }
}
