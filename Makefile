.PHONY: help install build check test test-faults test-sanitize fuzz docs demo deb image home-assistant board boards service web wheel release

help:
	@echo "make demo           build, enroll phrases, and spot them in recordings of people"
	@echo "make build          build cooee into .build/release"
	@echo "make docs           build the documentation of all targets, .build/docs/cooee.doccarchive"
	@echo "make install        install missing system libraries (apt; uses sudo when needed)"
	@echo "make boards         list the board configurations"
	@echo "make board BOARD=raspberry-pi-4   build .build/boards/cooee-raspberry-pi-4.tar.gz for a board"
	@echo "make board BOARD=… KEY=FILE.pub   the same; the board accepts only models signed with this key (cooee-train sign)"
	@echo "make service        build .build/boards/cooee-service-….tar.gz: cooee serve as a systemd service, for this kind of machine"
	@echo "make wheel          build the Python wheel for this machine, .build/python; with ARCH=aarch64 for another"
	@echo "make web            build .build/web: the core as WebAssembly, and a page to try it, index.html"
	@echo "make deb            build .build/packages/cooee_….deb for this machine; ARCH=arm64 or armhf: the lean program for boards"
	@echo "make image          build an OCI image, .build/images/cooee-image-….tar, for Docker and Podman; ARCH=arm64 or armhf"
	@echo "make home-assistant build the Home Assistant app, .build/home-assistant"
	@echo "make release        test everything, then pack boards, service, C library and models; needs a tag and a dated changelog"
	@echo "make check          check format and manifest, build, and test the core and the layers that differ from main; a minute"
	@echo "make test           build and test everything; the last line counts the tests"
	@echo "make test-faults    inject full disks, failed calls and kill -9, and test under load; run make test first; takes minutes"
	@echo "make test-sanitize  run the tests under AddressSanitizer, UndefinedBehaviorSanitizer and ThreadSanitizer; takes an hour"
	@echo "make fuzz SECONDS=60 TARGET=wave   fuzz one parser; without TARGET, all of them"

install:
	@.ci/tools/install

build: install
	swift build -c release --product cooee
	swift build -c release --product asound_module_pcm_cooeetest

check:
	@.ci/tools/install tests
	@.ci/test check

test:
	@.ci/tools/install tests
	@.ci/test

test-faults:
	@.ci/tools/install tests
	@.ci/test faults

test-sanitize:
	@.ci/tools/install tests
	@.ci/test sanitize

fuzz: install
	@.ci/robustness/fuzz $(SECONDS)

docs: install
	@.ci/tools/docs

demo: build
	@.ci/device/demo

board:
	@firmware-config/make-board.sh $(if $(KEY),--key "$(KEY)") "$(BOARD)"

service: install
	@firmware-config/make-board.sh $(if $(KEY),--key "$(KEY)") --full $(BOARD)

wheel: install
	@firmware-config/python/build $(or $(ARCH),native)

web:
	@.ci/tools/install web
	@firmware-config/web/build

deb: install
	@firmware-config/debian/make-deb.sh $(ARCH)

image: install
	@firmware-config/image/make-image.sh $(ARCH)

home-assistant: install
	@firmware-config/home-assistant/make-repository.sh $(if $(IMAGE),--image "$(IMAGE)")

boards:
	@firmware-config/make-board.sh --list

release:
	@.ci/tools/release $(if $(KEY),"$(KEY)")
