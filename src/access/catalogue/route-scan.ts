import { RequestMethod, type Type } from '@nestjs/common';
import { PATH_METADATA, MODULE_PATH, VERSION_METADATA } from '@nestjs/common/internal';
import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { MetadataScanner } from '@nestjs/core';
import { PathsExplorer } from '@nestjs/core/router/paths-explorer';
import { RoutePathFactory } from '@nestjs/core/router/route-path-factory';

/** One method and path at which Nest serves a controller's handler. */
export interface ScannedRoute {
  readonly method: string;
  readonly path: string;
  readonly controller: Type;
  readonly handler: (...args: never[]) => unknown;
  readonly methodName: string;
}

/**
 * Every route of every controller, its path computed by the classes with which Nest's own router computes it
 * (prefixes, versions, several paths a handler). The catalogue compares the result with what is really
 * served, so a difference would stop the start.
 */
export function scanRoutes(modules: ModulesContainer, config: ApplicationConfig): ScannedRoute[] {
  const explorer = new PathsExplorer(new MetadataScanner());
  const paths = new RoutePathFactory(config);
  const routes: ScannedRoute[] = [];
  for (const module of modules.values()) {
    const modulePath = Reflect.getMetadata(MODULE_PATH + modules.applicationId, module.metatype) as string;
    for (const wrapper of module.controllers.values()) {
      const controller = wrapper.metatype as Type;
      for (const found of explorer.scanForPaths(
        controller.prototype as object,
        controller.prototype as object,
      )) {
        const place = { controller, config, modulePath, found };
        const { methodName } = found;
        const method = RequestMethod[found.requestMethod];
        const handler = (controller.prototype as Record<string, ScannedRoute['handler']>)[methodName]!;
        for (const path of servedPaths(paths, place)) {
          routes.push({ method, path, controller, handler, methodName });
        }
      }
    }
  }
  return routes;
}

type Found = ReturnType<PathsExplorer['scanForPaths']>[number];

function servedPaths(
  paths: RoutePathFactory,
  place: { controller: Type; config: ApplicationConfig; modulePath: string; found: Found },
): string[] {
  const { controller, config, modulePath, found } = place;
  const versioningOptions = config.getVersioning();
  const declared = Reflect.getMetadata(PATH_METADATA, controller) as string | string[];
  const controllerPaths = Array.isArray(declared) ? declared : [declared];
  const controllerVersion = versioningOptions
    ? ((Reflect.getMetadata(VERSION_METADATA, controller) as string) ?? versioningOptions.defaultVersion)
    : undefined;
  return controllerPaths.flatMap((ctrlPath) =>
    found.path.flatMap((methodPath) =>
      paths.create(
        {
          ctrlPath: ctrlPath.startsWith('/') ? ctrlPath : `/${ctrlPath}`,
          methodPath,
          modulePath,
          globalPrefix: config.getGlobalPrefix(),
          controllerVersion,
          methodVersion: found.version,
          versioningOptions,
        },
        found.requestMethod,
      ),
    ),
  );
}
